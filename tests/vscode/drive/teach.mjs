// "Teach from this project" to its end, then the report.
const LONGEST_MS = 240_000;

export default async function teach(window) {
  await window.ready();
  await window.command("Understudy: Teach from this project");
  await window.status(/teaching [1-9]\d*\/\d/);
  const progress = await window.notification(/teaching from this project/);
  await window.screenshot("progress");
  const end = await window.notification(/tried|could not teach/, LONGEST_MS);
  await window.screenshot("message");
  await end.press("Show report");
  const { frame, text } = await window.webview();
  const policy = await frame
    .locator('meta[http-equiv="Content-Security-Policy"]')
    .first()
    .getAttribute("content");
  return {
    progress: progress.message,
    buttons: progress.buttons,
    message: end.message,
    report: text,
    policy,
  };
}
