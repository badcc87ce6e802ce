// The browser, and the one VS Code window in it. A folder that is open already is not opened anew: the window is only
// tidied. After a scenario that failed it is, as nobody knows in what state that left it.
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Window } from "./window.mjs";

const START_MS = 120_000;
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export class Browser {
  static async start(task) {
    const { chromium } = createRequire(join(task.playwright, "package.json"))("playwright-core");
    const profile = await mkdtemp(join(tmpdir(), "understudy-chromium-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: task.chromium,
      args: FLAGS,
      viewport: { width: 1280, height: 800 },
      // Nothing slides or fades, so that what is there is where it will be.
      reducedMotion: "reduce",
    });
    return new Browser(context, profile);
  }

  constructor(context, profile) {
    Object.assign(this, { context, profile, open: undefined });
  }

  async window(task) {
    const window = new Window(task, this.context.pages()[0]);
    if (this.open === task.folder) {
      await window.tidy();
    } else {
      await this.openFolder(task, window.page);
      this.open = task.folder;
    }
    return window;
  }

  // The next scenario opens its folder anew.
  distrust() {
    this.open = undefined;
  }

  async openFolder({ url, folder, file }, page) {
    const payload = JSON.stringify([["openFile", `vscode-remote://${new URL(url).host}${folder}/${file}`]]);
    await page.goto(`${url}/?${new URLSearchParams({ folder, payload })}`, { timeout: START_MS });
    await page.locator(".monaco-editor .view-lines").first().waitFor({ timeout: START_MS });
  }

  async close() {
    await this.context.close();
    await rm(this.profile, { recursive: true, force: true });
  }
}
