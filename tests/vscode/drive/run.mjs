// Plays scenarios in one browser, one after another: each line of stdin is a task in JSON (see Window.drive in
// conftest.py), whose `scenario` names the file beside this one. For each, one line of JSON goes to stdout: what the
// scenario `seen`, or the `failed` story of why not.
import { createInterface } from "node:readline";
import { Browser } from "./browser.mjs";

let browser;
for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  browser ??= await Browser.start(task);
  console.log(JSON.stringify(await played(task)));
}
await browser?.close();

async function played(task) {
  const began = Date.now();
  const { default: play } = await import(`./${task.scenario}.mjs`);
  let window;
  try {
    window = await browser.window(task);
    const seen = await play(window, task);
    await window.screenshot("end");
    return { seen, seconds: (Date.now() - began) / 1000 };
  } catch (error) {
    browser.distrust();
    return { failed: `${error.stack}\n${(await window?.story(error).catch(() => "")) ?? ""}` };
  }
}
