// The server dies under the user's hands.
import { readdirSync, readFileSync } from "node:fs";

export default async function killed(window, { codeServer, understudy }) {
  const statuses = [await window.ready()];
  for (const pid of descendants(codeServer).filter((pid) => serves(pid, understudy))) {
    process.kill(pid, "SIGKILL");
  }
  statuses.push(await window.status(/offline/), await window.status(/ready/));
  const { message } = await window.notification(/started again/);
  return { statuses, message };
}

function descendants(root) {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [
        Number(name),
        Number(
          read(name, "stat")
            .replace(/.*\) \S /s, "")
            .split(" ")[0],
        ),
      ]),
  );
  const below = (pid) => pid === root || (parents.has(pid) && below(parents.get(pid)));
  return [...parents.keys()].filter((pid) => pid !== root && below(pid));
}

function serves(pid, understudy) {
  const words = read(pid, "cmdline").split("\0");
  return words.includes(understudy) && words.includes("serve");
}

// A process may end while it is looked at.
function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
