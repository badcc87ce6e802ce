// A question is typed as a comment; the suggestion is taken with Tab and the file saved.
export default async function ghostText(window, { question }) {
  const status = await window.ready();
  await window.focusEditor();
  await window.type(question);
  await window.press("Enter");
  const ghost = await window.ghostText();
  await window.screenshot("shown");
  await window.press("Tab");
  await window.page.waitForTimeout(500);
  await window.press("Control+S");
  await window.page.waitForTimeout(1_000);
  return { status, ghost };
}
