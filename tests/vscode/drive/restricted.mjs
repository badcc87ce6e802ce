// A workspace that nobody has trusted: the server runs, teaching is not offered.
export default async function restricted(window) {
  const status = await window.ready();
  await window.page.locator(".statusbar-item").filter({ hasText: "Restricted Mode" }).waitFor();
  await window.focusEditor();
  await window.press("Control+End", "Enter");
  await window.type("-- How many customers are there?");
  await window.press("Enter");
  await window.page.waitForTimeout(2_000);
  await window.command("Understudy: Show knowledge");
  const view = await window.page.locator(".sidebar .welcome-view-content").first().innerText();
  await window.screenshot("view");
  const commands = await window.palette("Understudy:");
  return { status, view, commands: commands.filter((label) => label.startsWith("Understudy:")) };
}
