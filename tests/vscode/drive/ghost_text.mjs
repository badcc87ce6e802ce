// A question is typed as a comment at the end of a line (counted from 1); the suggestion is taken with Tab and the
// file saved.
export default async function ghostText(window, { line, question }) {
  const status = await window.ready();
  await window.focusEditor();
  await window.press("Control+Home", ...Array(line - 1).fill("ArrowDown"), "End");
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
