// In a project that was taught: a suggestion made with a lesson, what the hover says of it, and the lesson forgotten in
// the light bulb; then teaching from the light bulb.
export default async function lessons(window, { file, question }) {
  await window.ready();
  await window.openFile(file);
  await window.ask(question);
  await window.accept();
  const written = await window.save(file);
  await window.goTo(3, 3);
  const hover = await window.hover(/lesson from/);
  await window.screenshot("hover");
  await window.press("Escape");

  const forgot = window.page.locator(".notification-list-item").filter({ hasText: "forgot the lesson" });
  const offered = await window.act("Forget the lesson", async () => (await forgot.count()) > 0, "light-bulb");
  await window.screenshot("forgotten");
  await window.clearNotifications();
  const left = await window.actions();
  await window.press("Escape");

  const teaching = window.page.locator(".notification-list-item").filter({ hasText: "teaching from" });
  await window.act("Teach from this file", async () => (await teaching.count()) > 0);
  const progress = await window.notification(/teaching from/);
  const taught = await window.notification(/tried|could not teach/, 300_000);
  await window.screenshot("taught");
  return { written, hover, offered, left, progress: progress.message, taught: taught.message };
}
