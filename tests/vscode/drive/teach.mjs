// "Teach from this project" is cancelled as soon as it has something to show for itself, then run to its end; then the
// report, whose buttons lead back into the editor, and its look in the other themes.
const LONGEST_MS = 300_000;

export default async function teach(window) {
  await window.ready();
  await window.command("Understudy: Teach from this project");
  await window.status(/teaching [1-9]\d*\/\d/);
  const cancelled = await window.notification(/teaching from this project/);
  await window.screenshot("progress");
  await cancelled.press("Cancel");
  const stopped = await window.notification(/tried|could not teach/, 60_000);
  await window.status(/ready/);
  await window.clearNotifications();

  await window.command("Understudy: Teach from this project");
  const progress = await window.notification(/teaching from this project: .*\d+\/\d+/, 60_000);
  const end = await window.notification(/tried|could not teach/, LONGEST_MS);
  await window.screenshot("message");
  await end.press("Show report");
  return {
    progress: progress.message,
    buttons: progress.buttons,
    stopped: stopped.message,
    message: end.message,
    ...(await report(window)),
  };
}

export async function report(window) {
  const { frame, text } = await window.webview();
  const policy = await frame
    .locator('meta[http-equiv="Content-Security-Policy"]')
    .first()
    .getAttribute("content");
  const plots = await frame.locator("figure figcaption").allInnerTexts();
  const tables = await frame.locator("figure details.data").count();
  await window.screenshot("report");
  await frame.locator("figure").nth(1).scrollIntoViewIfNeeded();
  await window.screenshot("plots");
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
  return { report: text, policy, plots, tables, opened: file };
}
