// The report of a run: its plots, its look in other themes, and a button that leads back into the editor. A part of
// `teach`, and a scenario for a project that was taught before.
export default async function shown(window) {
  await window.ready();
  await window.command("Understudy: Show report");
  return report(window);
}

export async function report(window) {
  const { frame, text } = await window.webview();
  const policy = await frame
    .locator('meta[http-equiv="Content-Security-Policy"]')
    .first()
    .getAttribute("content");
  const plots = await frame.locator("figure figcaption").allInnerTexts();
  const tables = await frame.locator("figure details.data").count();
  const loaded = await frame.locator("html").evaluate(() => performance.getEntriesByType("resource").length);
  await window.screenshot("report");
  await frame.locator("figure figcaption").nth(1).scrollIntoViewIfNeeded();
  await frame.locator("figure").nth(2).scrollIntoViewIfNeeded();
  await window.screenshot("plots");
  for (const theme of ["Dark Modern", "Dark High Contrast"]) {
    await chooseTheme(window, theme);
    await window.screenshot(theme.replace(/ /g, "-"));
  }
  await chooseTheme(window, "Light Modern");
  const place = frame.locator('details[open] button[data-act="open"]').first();
  await place.scrollIntoViewIfNeeded();
  const label = await place.innerText();
  await window.screenshot("lesson");
  await place.focus();
  await window.press("Enter");
  const file = /Open (.*):\d+/.exec(label)[1];
  await window.page
    .locator(".tab.active")
    .filter({ hasText: file.split("/").at(-1) })
    .waitFor();
  return { report: text, policy, plots, tables, loaded, opened: file };
}

async function chooseTheme(window, theme) {
  await window.command("Preferences: Color Theme");
  const input = window.page.locator(".quick-input-widget input").first();
  await input.fill(theme);
  await window.page.waitForTimeout(800);
  await window.press("Enter");
  await window.page.waitForTimeout(800);
}
