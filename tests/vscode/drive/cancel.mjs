// "Teach from this project", cancelled as soon as it has something to show for itself.
export default async function cancel(window) {
  await window.ready();
  await window.command("Understudy: Teach from this project");
  await window.status(/teaching [1-9]\d*\/\d/);
  const progress = await window.notification(/teaching from this project/);
  await progress.press("Cancel");
  const end = await window.notification(/tried|could not teach/);
  await window.status(/ready/);
  return { message: end.message };
}
