// A setting comes to name a Python that has no server, and is mended; or, where an environment is `wanted`, the button
// that makes one is pressed.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { servers } from "./processes.mjs";

const LONGEST_MS = 780_000; // pip on a machine with other work

export default async function offline(window, { interpreter, wanted, codeServer }) {
  await window.ready();
  mkdirSync(window.path(".vscode"), { recursive: true });
  writeFileSync(
    window.path(".vscode/settings.json"),
    JSON.stringify({ "understudy.interpreter": interpreter }),
  );
  const told = await window.notification(/Understudy is offline/);
  const status = await window.status(/offline/);
  const notifications = await window.page.locator(".notifications-toasts .notification-list-item").count();
  await window.screenshot(wanted ? "no-package" : "no-file");
  const seen = { status, message: told.message, buttons: told.buttons, notifications };
  if (wanted) {
    await told.press("Create environment");
    seen.question = await window.answer("Create environment");
    await window.notification(/creating its Python environment/);
    await window.screenshot("creating");
    seen.after = await window.status(/ready/, LONGEST_MS);
    await window.screenshot("created");
    seen.settings = window.read(".vscode/settings.json");
  }
  rmSync(window.path(".vscode"), { recursive: true });
  seen.after = await window.status(/ready/);
  seen.servers = [...servers(codeServer).values()].map((words) => words.filter(Boolean));
  return seen;
}
