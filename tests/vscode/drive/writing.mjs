// Questions are typed as comments: in a .sql file, where the answer is taken with Tab and, the second time, word by word;
// then inside a Python string. Then the cursor rests on a table.
const WORDS = 3;

export default async function writing(window, { sql, python, looked, question, another, third }) {
  const status = await window.ready();
  await window.openFile(sql);
  const ghost = await window.ask(question);
  await window.screenshot("sql");
  await window.accept();
  const whole = await window.save(sql);

  await window.press("Control+End", "Enter", "Enter");
  await window.ask(another);
  for (let word = 0; word < WORDS; word += 1) {
    await window.accept("Control+ArrowRight");
  }
  await window.screenshot("word-by-word");
  await window.press("Escape");
  const words = await window.save(sql);

  await window.openFile(python, 3);
  const inString = await window.ask(third);
  await window.screenshot("python");
  await window.accept();
  const written = await window.save(python);

  await window.openFile(looked.file, looked.line, looked.column);
  const hover = await window.hover(/roastery\.db/);
  await window.screenshot("hover");
  return { status, ghost, whole, words, inString, written, hover };
}
