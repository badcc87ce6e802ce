// A workspace that nobody has trusted: the server runs, teaching is not offered.
export default async function restricted(window, { file }) {
  const status = await window.status(/ready/);
  await window.page.locator(".statusbar-item").filter({ hasText: "Restricted Mode" }).waitFor();
  await window.openFile(file);
  await window.press("Control+End", "Enter");
  await window.type("-- How many customers are there?");
  await window.press("Enter");
  await window.page.waitForTimeout(2_000); // for what must not happen there is no sign to wait for
  await window.command("Understudy: Show knowledge");
  const welcome = window.page.locator(".sidebar .welcome-view-content").first();
  const view = await window.settled(() => welcome.innerText(), "the view's words");
  await window.screenshot("view");
  const commands = await window.palette("Understudy:", "Understudy: Doctor");
  await window.press("Escape");
  return { status, view, commands: commands.filter((label) => label.startsWith("Understudy:")) };
}
