// Squiggles and the light bulb: each action is applied and saved, what the file says then is kept, and one undo takes
// all of it back. What tells instead of editing is kept as well.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export default async function actions(window, { folder, edits, tells, file }) {
  await window.ready();
  await window.page.locator(".squiggly-error, .squiggly-warning").first().waitFor();
  const seen = { offered: {}, written: {}, undone: {}, told: {} };
  for (const { name = file, line, column, label, key = label } of edits) {
    await window.openFile(name);
    await window.goTo(line, column);
    const before = readFileSync(join(folder, name), "utf8");
    seen.offered[key] = await window.actions();
    if (label === edits[0].label) {
      await window.screenshot("light-bulb");
    }
    await window.page
      .locator(".action-widget .monaco-list-row.action")
      .filter({ hasText: label })
      .first()
      .click({ timeout: 10_000 });
    await window.page.locator(".tab.active.dirty").waitFor({ timeout: 30_000 });
    await window.save();
    seen.written[key] = readFileSync(join(folder, name), "utf8");
    await window.focusEditor();
    await window.press("Control+Z");
    await window.save();
    seen.undone[key] = readFileSync(join(folder, name), "utf8") === before;
  }
  for (const { line, column, label, tab, notice } of tells) {
    await window.openFile(file);
    await window.goTo(line, column);
    await window.act(label);
    if (tab !== undefined) {
      await window.page.locator(".tab").filter({ hasText: tab }).waitFor({ timeout: 30_000 });
      await window.screenshot(tab.replace(/\W/g, "-"));
      seen.told[label] = tab;
    } else {
      seen.told[label] = (await window.notification(new RegExp(notice), 120_000)).message;
    }
  }
  return seen;
}
