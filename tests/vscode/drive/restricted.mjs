// A workspace that nobody has trusted: the server runs, teaching is not offered.
export default async function restricted(window) {
  const status = await window.ready();
  await window.page.locator(".statusbar-item").filter({ hasText: "Restricted Mode" }).waitFor();
  const commands = await window.palette("Understudy:");
  return { status, commands: commands.filter((label) => label.startsWith("Understudy:")) };
}
