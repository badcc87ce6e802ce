// Runs one scenario in a browser of its own: node run.mjs SCENARIO TASK, where TASK is JSON (see Window.drive in
// conftest.py). What the scenario saw goes to stdout as one line of JSON.
import { Window } from "./window.mjs";

const [scenario, task] = process.argv.slice(2);
const { default: play } = await import(`./${scenario}.mjs`);
const window = await Window.open(scenario, JSON.parse(task));
try {
  const seen = await play(window, window.task);
  await window.screenshot("end");
  console.log(JSON.stringify(seen));
} catch (error) {
  await window.screenshot("failed");
  console.error(error.stack);
  console.error(`on screen: ${await window.text()}`);
  process.exitCode = 1;
} finally {
  await window.close();
}
