// A VS Code window in a browser: what a user can see in it and do to it. Knows nothing of what is tested.
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const START_MS = 60_000;
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export class Window {
  static async open(scenario, task) {
    const { chromium } = createRequire(join(task.playwright, "package.json"))("playwright-core");
    const profile = await mkdtemp(join(tmpdir(), "understudy-chromium-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: task.chromium,
      args: FLAGS,
      viewport: { width: 1280, height: 800 },
    });
    const window = new Window(scenario, task, context, context.pages()[0], profile);
    try {
      await window.openFolder();
    } catch (error) {
      await window.screenshot("failed");
      await window.close();
      throw error;
    }
    return window;
  }

  constructor(scenario, task, context, page, profile) {
    Object.assign(this, { scenario, task, context, page, profile });
  }

  async openFolder() {
    const { host } = new URL(this.task.url);
    const file = `vscode-remote://${host}${this.task.folder}/${this.task.file}`;
    const payload = JSON.stringify([["openFile", file]]);
    const query = new URLSearchParams({ folder: this.task.folder, payload });
    await this.page.goto(`${this.task.url}/?${query}`);
    await this.page.locator(".monaco-editor .view-lines").first().waitFor({ timeout: START_MS });
  }

  // The status bar item's text once it matches.
  async status(pattern, timeout = START_MS) {
    const item = this.page.locator('.statusbar-item[id*="understudy.status"]').filter({ hasText: pattern });
    await item.waitFor({ timeout });
    return plain(await item.innerText());
  }

  // As `status`, at the start: a server that cannot start is not waited for.
  async ready() {
    const status = await this.status(/ready|offline/);
    if (!status.includes("ready")) {
      throw new Error((await this.notification(/Understudy is offline/)).message);
    }
    return status;
  }

  async focusEditor() {
    await this.page.locator(".monaco-editor .view-lines").first().click();
  }

  async type(text) {
    await this.page.keyboard.type(text, { delay: 15 });
  }

  async press(...keys) {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  async openFile(name) {
    const tab = this.page.locator(".tab.active").filter({ hasText: name.split("/").at(-1) });
    // The list is sorted anew while it is read: what leads it is taken, once that is the file, and else once more.
    for (let attempt = 1; ; attempt += 1) {
      await this.press("Control+P");
      const input = this.page.locator(".quick-input-widget input").first();
      await input.waitFor();
      await input.fill(name);
      const first = this.page
        .locator('.quick-input-list .monaco-list-row[data-index="0"]')
        .filter({ hasText: name });
      await first.waitFor();
      await this.page.waitForTimeout(500);
      await this.press("Enter");
      try {
        await tab.waitFor({ timeout: attempt < 4 ? 8000 : 30000 });
        break;
      } catch (error) {
        if (attempt === 4) throw error;
        await this.press("Escape");
      }
    }
    await this.page.waitForTimeout(500);
  }

  // Puts the cursor at a line and column, both counted from 1.
  async goTo(line, column = 1) {
    await this.press("Control+G");
    const input = this.page.locator(".quick-input-widget input").first();
    await input.waitFor();
    await input.fill(`:${line}:${column}`);
    await this.press("Enter");
    await input.waitFor({ state: "hidden" });
  }

  // Saves, and waits until the tab shows no sign of changes.
  async save() {
    await this.press("Control+S");
    await this.page.locator(".tab.active.dirty").waitFor({ state: "detached" });
    await this.page.waitForTimeout(300); // the tab is clean a moment before the file is whole
  }

  // What the light bulb offers at the cursor.
  async actions() {
    await this.press("Control+.");
    const rows = this.page.locator(".action-widget .monaco-list-row.action");
    await rows.first().waitFor({ timeout: 20_000 });
    return (await rows.allInnerTexts()).map(plain);
  }

  async act(label) {
    await this.actions();
    await this.page
      .locator(".action-widget .monaco-list-row.action")
      .filter({ hasText: label })
      .first()
      .click();
  }

  // The text of the hover at the cursor.
  async hover() {
    await this.press("Control+K", "Control+I");
    const shown = this.page.locator(".monaco-hover:not(.hidden) .hover-contents").first();
    await shown.waitFor({ timeout: 20_000 });
    return plain(await shown.innerText());
  }

  // The labels of the side bar's tree, as far as it is open.
  async tree() {
    const rows = this.page.locator(".sidebar .monaco-list-row");
    await rows.first().waitFor();
    await this.page.waitForTimeout(500);
    return (await rows.allInnerTexts()).map((label) => plain(label).replace(/\s*\n\s*/g, " "));
  }

  // Answers a modal question.
  async answer(label) {
    await this.page.locator(".monaco-dialog-box .monaco-button").filter({ hasText: label }).first().click();
  }

  async clearNotifications() {
    await this.command("Notifications: Clear All Notifications");
  }

  // The ghost text at the cursor, once there is any, as it reads on screen but without white space: VS Code draws it
  // in pieces, the first line among the code and the others below it, in an order of its own.
  async ghostText(timeout = 20_000) {
    const selector = ".ghost-text, .ghost-text-decoration, .ghost-text-decoration-preview";
    const ghost = this.page.locator(selector);
    await ghost.first().waitFor({ state: "attached", timeout });
    await this.page.waitForTimeout(300); // the pieces appear one after another
    const pieces = await ghost.evaluateAll((elements, selector) => {
      const outermost = elements.filter((element) => !element.parentElement.closest(selector));
      return outermost.map((element) => {
        const { top, left } = element.getBoundingClientRect();
        return { top: Math.round(top), left, text: element.innerText };
      });
    }, selector);
    pieces.sort((a, b) => a.top - b.top || a.left - b.left);
    return pieces
      .map(({ text }) => text)
      .join("")
      .replace(/\s/g, "");
  }

  // The entries of the command palette for what is typed.
  async palette(text) {
    await this.press("F1");
    await this.page.locator(".quick-input-widget input").first().waitFor();
    await this.type(text);
    await this.page.waitForTimeout(800); // the list is filtered after a pause
    const labels = await this.page.locator(".quick-input-list .monaco-list-row").allInnerTexts();
    return labels.map((label) => plain(label).split("\n")[0]);
  }

  // VS Code settles what the palette offers a moment after the window is shown, hence the second tries.
  async command(title) {
    const entry = this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: title });
    for (let tries = 1; !(await this.palette(title)).includes(title); tries += 1) {
      if (tries === 5) {
        throw new Error(`the palette does not offer ${title}`);
      }
      await this.press("Escape");
    }
    await entry.first().click();
  }

  // The notification whose text matches, once it is shown.
  async notification(pattern, timeout = 20_000) {
    const shown = this.page
      .locator(".notifications-toasts .notification-list-item")
      .filter({ hasText: pattern });
    await shown.first().waitFor({ timeout });
    await this.page.waitForTimeout(400); // it fades in
    return {
      message: plain(await shown.first().locator(".notification-list-item-message").innerText()),
      buttons: (await shown.first().locator(".monaco-button").allInnerTexts()).map(plain),
      press: (label) => shown.first().locator(".monaco-button").filter({ hasText: label }).click(),
    };
  }

  // The document inside the newest webview, once it has a body with text.
  async webview(timeout = 20_000) {
    const frame = this.page.frameLocator("iframe.webview.ready").last().frameLocator("#active-frame");
    const body = frame.locator("body");
    await body.waitFor({ timeout });
    return { frame, text: plain(await body.innerText()) };
  }

  async screenshot(name) {
    // A tooltip of whatever the mouse was left on would lie over the picture, except where the picture is of it.
    if (!name.startsWith("hover")) {
      await this.page.mouse.move(640, 790);
      await this.page.waitForTimeout(300);
    }
    await this.page.screenshot({ path: join(this.task.screenshots, `${this.scenario}-${name}.png`) });
  }

  async text() {
    return plain(await this.page.locator("body").innerText()).slice(0, 2_000);
  }

  async close() {
    await this.context.close();
    await rm(this.profile, { recursive: true, force: true });
  }
}

function plain(text) {
  return text
    .replace(/\u00a0/g, " ")
    .replace(/\u200b/g, "")
    .trim();
}
