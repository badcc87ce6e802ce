// A VS Code window in a browser: what a user can see in it and do to it. Knows nothing of what is tested.
// A machine with other work may let a key fall behind a list that is still being sorted, or a click beside a button
// that is still moving. So each step looks for its effect, and is taken again until that is there.
import { readFileSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";

const LONGEST_MS = 300_000;
const TRIES = 6;
const GHOST = ".ghost-text, .ghost-text-decoration, .ghost-text-decoration-preview";

export class Window {
  constructor(task, page) {
    Object.assign(this, { task, page });
  }

  // ---- waiting

  // What `look` answers once that is something; `what` is said where it never is.
  async eventually(look, what, timeout = LONGEST_MS) {
    const end = Date.now() + timeout;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > end) throw new Error(`waited ${timeout / 1000} s in vain: ${what}`);
      await this.page.waitForTimeout(50);
    }
  }

  // Takes the step again until `shows` holds, with more patience each time.
  async until(step, shows, what, patience = 4_000) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await step(attempt);
        return await this.eventually(shows, what, patience * attempt);
      } catch (error) {
        if (attempt === TRIES) throw error;
        await this.press("Escape");
      }
    }
  }

  // What `look` answers, twice in a row, once it is something.
  async settled(look, what, timeout = LONGEST_MS) {
    let last;
    return this.eventually(
      async () => {
        const now = await look();
        const stays = now !== undefined && now !== "" && JSON.stringify(now) === JSON.stringify(last);
        last = now;
        if (!stays) await this.page.waitForTimeout(150);
        return stays && { now };
      },
      what,
      timeout,
    ).then(({ now }) => now);
  }

  // ---- keys

  async type(text) {
    await this.page.keyboard.type(text, { delay: 15 });
  }

  async press(...keys) {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  // ---- the window as a whole

  // As after a start: no editor, no notification, no widget. What is not saved is taken back.
  async tidy() {
    await this.press("Escape", "Escape");
    const tabs = this.page.locator(".tabs-container .tab");
    await this.until(
      async () => {
        for (let left = await tabs.count(); left > 0; left -= 1) {
          if (await this.page.locator(".tab.active.dirty").count()) await this.command("File: Revert File");
          await this.command("View: Close All Editors");
          break;
        }
      },
      async () => (await tabs.count()) === 0,
      "all editors closed",
    );
    await this.clearNotifications();
  }

  // The status bar item's text once it matches.
  async status(pattern, timeout = LONGEST_MS) {
    const item = this.page.locator('.statusbar-item[id*="understudy.status"]').filter({ hasText: pattern });
    await item.waitFor({ timeout });
    return plain(await item.innerText());
  }

  // As `status`, at the start: a server that cannot start is not waited for. Trusts the folder, as far as nobody has.
  async ready() {
    if (await this.restricted()) {
      await this.trust();
    }
    const status = await this.status(/ready|offline/);
    if (!status.includes("ready")) {
      throw new Error((await this.notification(/Understudy is offline/)).message);
    }
    return status;
  }

  async restricted() {
    await this.status(/Understudy/);
    return (await this.page.locator(".statusbar-item").filter({ hasText: "Restricted Mode" }).count()) > 0;
  }

  async trust() {
    const item = this.page.locator(".statusbar-item").filter({ hasText: "Restricted Mode" });
    const trust = this.page.locator(".workspace-trust-editor .monaco-button").filter({ hasText: "Trust" });
    await this.until(
      async () => {
        if (!(await trust.count())) await item.locator("a").click({ timeout: 5_000 });
        await trust.first().click({ timeout: 5_000 });
      },
      async () => (await item.count()) === 0,
      "the folder is trusted",
    );
    await this.screenshot("trusted");
    await this.tidy();
  }

  async clearNotifications() {
    const shown = this.page.locator(".notifications-toasts .notification-list-item");
    if (await shown.count()) {
      await this.command("Notifications: Clear All Notifications");
      await this.eventually(async () => (await shown.count()) === 0, "no notification");
    }
  }

  async screenshot(name) {
    // A tooltip of whatever the mouse was left on would lie over the picture, except where the picture is of it.
    if (!name.startsWith("hover")) {
      await this.page.mouse.move(640, 790);
      await this.eventually(
        async () => (await this.page.locator(".workbench-hover:visible").count()) === 0,
        "no tooltip",
        3_000,
      ).catch(() => undefined);
    }
    await this.page.screenshot({ path: join(this.task.screenshots, `${this.task.scenario}-${name}.png`) });
  }

  // What is on screen, for whoever wonders why a scenario failed.
  async story(error) {
    writeFileSync(join(this.task.screenshots, `${this.task.scenario}-failed.txt`), error.stack);
    await this.screenshot("failed");
    return `on screen: ${plain(await this.page.locator("body").innerText()).slice(0, 2_000)}`;
  }

  // ---- files and places

  path(name) {
    return isAbsolute(name) ? name : join(this.task.folder, name);
  }

  // Opens a file with the cursor at a line and column, both counted from 1. Its whole path is asked for, so that the list
  // has one entry and no order to be sorted into.
  async openFile(name, line = 1, column = 1) {
    const base = name.split("/").at(-1);
    const tab = this.page.locator(".tab.active").filter({ hasText: base });
    await this.until(
      () => this.quickOpen(`${this.path(name)}:${line}:${column}`, base),
      async () => (await tab.count()) > 0 && (await this.at(line, column)),
      `${base} is open at ${line}:${column}`,
    );
    await this.focusEditor();
  }

  async quickOpen(text, label) {
    await this.press("Control+P");
    const input = this.page.locator(".quick-input-widget input").first();
    await input.waitFor({ timeout: 5_000 });
    await input.fill(text);
    await this.page
      .locator('.quick-input-list .monaco-list-row[data-index="0"]')
      .filter({ hasText: label })
      .waitFor({ timeout: 8_000 });
    await this.press("Enter");
  }

  async at(line, column) {
    const place = this.page.locator('[id="status.editor.selection"]').first();
    return (await place.count()) > 0 && (await place.innerText()).includes(`Ln ${line}, Col ${column}`);
  }

  async place() {
    return plain(await this.page.locator('[id="status.editor.selection"]').first().innerText());
  }

  async focusEditor() {
    await this.until(
      () => this.press("Control+1"),
      () =>
        this.page.evaluate(
          () => document.activeElement?.closest(".editor-instance, .monaco-editor") !== null,
        ),
      "the editor has the focus",
    );
  }

  async goTo(line, column) {
    await this.until(
      async () => {
        await this.press("Control+G");
        const input = this.page.locator(".quick-input-widget input").first();
        await input.waitFor({ timeout: 5_000 });
        await input.fill(`:${line}:${column}`);
        await this.press("Enter");
        await input.waitFor({ state: "hidden", timeout: 5_000 });
      },
      () => this.at(line, column),
      `the cursor is at ${line}:${column}`,
    );
  }

  read(name) {
    return readFileSync(this.path(name), "utf8");
  }

  // Saves the active editor; what the file holds then, once it is whole: the tab is clean a moment before.
  async save(name) {
    const dirty = this.page.locator(".tab.active.dirty");
    await this.until(
      () => this.press("Control+S"),
      async () => (await dirty.count()) === 0,
      `${name} is saved`,
    );
    return this.settled(() => this.read(name), `${name} on disk`);
  }

  async edited() {
    return (await this.page.locator(".tab.active.dirty").count()) > 0;
  }

  // ---- what the server shows in the editor

  // What the light bulb offers at the cursor.
  async actions() {
    const rows = this.page.locator(".action-widget .monaco-list-row.action");
    await this.until(
      () => this.press("Control+."),
      async () => (await rows.count()) > 0,
      "the light bulb's menu",
      6_000,
    );
    return (await rows.allInnerTexts()).map(plain);
  }

  // Takes what the light bulb calls `label`, until `shows` holds. What it offered is answered.
  async act(label, shows, picture) {
    let offered;
    await this.until(
      async () => {
        offered = await this.actions();
        if (picture) await this.screenshot(picture);
        const row = this.page.locator(".action-widget .monaco-list-row.action").filter({ hasText: label });
        await row.first().click({ timeout: 5_000 });
      },
      shows,
      `the effect of “${label}”`,
      20_000,
    );
    return offered;
  }

  // The text of the hover at the cursor, once it matches.
  async hover(pattern) {
    const shown = this.page.locator(".monaco-hover:not(.hidden) .hover-contents");
    const told = async () => (await shown.allInnerTexts()).map(plain).join("\n");
    await this.until(
      () => this.press("Control+K", "Control+I"),
      async () => pattern.test(await told()),
      `a hover that says ${pattern}`,
    );
    return told();
  }

  // Writes a question as a comment and presses Enter; the ghost text that answers, line by line. It stands at the cursor.
  async ask(question) {
    await this.type(question);
    await this.until(
      async (attempt) => {
        if (attempt > 1) await this.press("Backspace");
        await this.press("Enter");
      },
      async () => (await this.page.locator(GHOST).count()) > 0,
      `ghost text for ${question}`,
      8_000,
    );
    return this.ghostText();
  }

  // VS Code draws the first line among the code and the others below it, each in pieces and in an order of its own.
  async ghostText() {
    const drawn = () =>
      this.page.locator(GHOST).evaluateAll((elements, selector) => {
        const outermost = elements.filter((element) => !element.parentElement.closest(selector));
        return outermost.map((element) => {
          const { top, left } = element.getBoundingClientRect();
          return { top: Math.round(top), left, text: element.innerText };
        });
      }, GHOST);
    const pieces = await this.settled(async () => {
      const found = await drawn();
      return found.length > 0 ? found : undefined;
    }, "ghost text");
    const lines = new Map();
    for (const { top, text } of pieces.sort((a, b) => a.top - b.top || a.left - b.left)) {
      lines.set(top, (lines.get(top) ?? "") + text.replace(/\u00a0/g, " ").replace(/\u200b/g, ""));
    }
    return [...lines.values()].map((line) => line.trimEnd()).join("\n");
  }

  async accept(key = "Tab") {
    const before = await this.place();
    await this.until(
      () => this.press(key),
      async () => (await this.place()) !== before,
      "the ghost text is taken",
    );
  }

  // ---- commands, lists, dialogs

  // The entries of the command palette for what is typed.
  async palette(text, wanted) {
    const input = this.page.locator(".quick-input-widget input").first();
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    const labels = async () => (await rows.allInnerTexts()).map((label) => plain(label).split("\n")[0]);
    await this.until(
      async () => {
        await this.press("F1");
        await input.waitFor({ timeout: 5_000 });
        await input.fill(`>${text}`);
      },
      async () => (await labels()).includes(wanted),
      `the palette offers ${wanted}`,
      3_000,
    );
    return this.settled(labels, "the palette's list");
  }

  async command(title) {
    const entry = this.page.locator(".quick-input-list .monaco-list-row:visible").filter({ hasText: title });
    await this.until(
      async () => {
        await this.palette(title, title);
        await entry.first().click({ timeout: 5_000 });
      },
      async () => (await entry.count()) === 0,
      `${title} is chosen`,
    );
  }

  // Chooses in a list that is open or comes.
  async choose(label) {
    const entry = this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: label }).first();
    await entry.click();
  }

  // Answers a modal question, and says what it was.
  async answer(label) {
    const dialog = this.page.locator(".monaco-dialog-box");
    await dialog.waitFor();
    const asked = plain(await dialog.innerText());
    await this.screenshot(`question-${label.replace(/\W+/g, "-")}`);
    await dialog.locator(".monaco-button").filter({ hasText: label }).first().click();
    await dialog.waitFor({ state: "detached" });
    return asked;
  }

  // The notification whose text matches, once it is shown.
  async notification(pattern, timeout = LONGEST_MS) {
    const shown = this.page
      .locator(".notifications-toasts .notification-list-item")
      .filter({ hasText: pattern })
      .first();
    await shown.waitFor({ timeout });
    return {
      message: plain(await shown.locator(".notification-list-item-message").innerText()),
      buttons: (await shown.locator(".monaco-button").allInnerTexts()).map(plain),
      press: (label) => shown.locator(".monaco-button").filter({ hasText: label }).click(),
    };
  }

  // ---- the side bar and web pages

  // The labels of the side bar's tree, as far as it is open, once they stay.
  async tree() {
    const rows = this.page.locator(".sidebar .monaco-list-row");
    return this.settled(async () => {
      const labels = (await rows.allInnerTexts()).map((label) => plain(label).replace(/\s*\n\s*/g, " "));
      return labels.length > 0 ? labels : undefined;
    }, "a tree in the side bar");
  }

  // The document inside the newest webview, once it has a body with text.
  async webview() {
    const frame = this.page.frameLocator("iframe.webview.ready").last().frameLocator("#active-frame");
    const text = await this.settled(
      async () =>
        plain(
          await frame
            .locator("body")
            .innerText({ timeout: 5_000 })
            .catch(() => ""),
        ),
      "a page with text",
    );
    return { frame, text };
  }
}

export function plain(text) {
  return text
    .replace(/\u00a0/g, " ")
    .replace(/\u200b/g, "")
    .trim();
}
