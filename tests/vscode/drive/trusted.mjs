// The user trusts a workspace that was restricted.
export default async function trusted(window) {
  const before = await window.restricted();
  await window.trust();
  const status = await window.status(/ready|embedded/);
  const commands = await window.palette("Understudy:", "Understudy: Teach from this project");
  await window.press("Escape");
  return { before, status, commands: commands.filter((label) => label.startsWith("Understudy:")) };
}
