// Questions are typed as comments: in a .sql file, where the answer is taken with Tab and, the second time, word by word;
// then inside a Python string. Then the mouse rests on a table.
export default async function writing(window, { sql, python, question, another, third }) {
  const status = await window.ready();
  await window.focusEditor();
  await window.type(question);
  await window.press("Enter");
  const ghost = await window.ghostText();
  await window.screenshot("sql");
  await window.press("Tab");
  await window.page.waitForTimeout(500);
  await window.save();

  await window.press("Control+End", "Enter", "Enter");
  await window.type(another);
  await window.press("Enter");
  await window.ghostText();
  for (let word = 0; word < 3; word += 1) {
    await window.press("Control+ArrowRight");
    await window.page.waitForTimeout(400);
  }
  await window.screenshot("word-by-word");
  await window.press("Escape");
  await window.save();

  await window.openFile(python);
  await window.goTo(3, 1);
  await window.type(third);
  await window.press("Enter");
  const inString = await window.ghostText();
  await window.screenshot("python");
  await window.press("Tab");
  await window.page.waitForTimeout(500);
  await window.save();

  await window.openFile(sql);
  await window.goTo(4, 8);
  const hover = await window.hover();
  await window.screenshot("hover");
  return { status, ghost, inString, hover };
}
