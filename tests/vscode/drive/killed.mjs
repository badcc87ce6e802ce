// The server dies under the user's hands.
import { servers } from "./processes.mjs";

export default async function killed(window, { codeServer }) {
  const statuses = [await window.ready()];
  const killed = [...servers(codeServer).keys()];
  for (const pid of killed) {
    process.kill(pid, "SIGKILL");
  }
  statuses.push(await window.status(/offline/));
  await window.screenshot("offline");
  statuses.push(await window.status(/ready/));
  const { message } = await window.notification(/started again/);
  await window.screenshot("back");
  return { statuses, message, killed: killed.length };
}
