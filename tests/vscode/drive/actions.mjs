// Squiggles and the light bulb: each action is applied and saved, what the file says then is kept, and one undo takes
// all of it back. What tells instead of editing is kept as well.
export default async function actions(window, { edits, tells, file }) {
  await window.ready();
  await window.openFile(file);
  await window.page.locator(".squiggly-error, .squiggly-warning").first().waitFor();
  const seen = { offered: {}, written: {}, undone: {}, told: {} };
  for (const { name = file, line, column, label } of edits) {
    await window.openFile(name, line, column);
    const key = `${name}: ${label}`;
    const picture = Object.keys(seen.written).length === 0 ? "light-bulb" : undefined;
    seen.offered[key] = await window.act(label, () => window.edited(), picture);
    seen.written[key] = await window.save(name);
    await window.until(
      () => window.press("Control+Z"),
      () => window.edited(),
      `${label} is taken back`,
    );
    seen.undone[key] = await window.save(name);
  }
  for (const { line, column, label, tab } of tells) {
    await window.openFile(file, line, column);
    const shown = window.page.locator(".tab").filter({ hasText: tab });
    await window.act(label, async () => (await shown.count()) > 0);
    seen.told[label] = await window.settled(
      async () =>
        (await window.page.locator(".editor-group-container .view-lines").last().innerText()).trim(),
      tab,
    );
    await window.screenshot(tab.replace(/\W/g, "-"));
  }
  return seen;
}
