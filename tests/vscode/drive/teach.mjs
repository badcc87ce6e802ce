// "Teach from this project" is cancelled as soon as it has something to show for itself, then run to its end; then the
// report.
import { report } from "./report.mjs";

const LONGEST_MS = 480_000;

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
