// In a project that was taught, a question over several tables is answered; the mouse rests on the answer, which says
// what lesson it owes to.
export default async function lesson(window, { question }) {
  await window.ready();
  await window.focusEditor();
  await window.type(question);
  await window.press("Enter");
  const ghost = await window.ghostText();
  await window.screenshot("ghost");
  await window.press("Tab");
  await window.page.waitForTimeout(500);
  await window.save();
  await window.goTo(2, 3);
  const hover = await window.hover();
  await window.screenshot("hover");
  return { ghost, hover };
}
