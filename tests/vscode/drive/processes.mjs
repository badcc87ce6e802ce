// The processes below another one.
import { readdirSync, readFileSync } from "node:fs";

// Command lines, as words, by process id, of those below `root` that serve a language.
export function servers(root) {
  const found = new Map(below(root).map((pid) => [pid, read(pid, "cmdline").split("\0")]));
  return new Map([...found].filter(([, words]) => words.includes("serve")));
}

function below(root) {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const parents = new Map(pids.map((pid) => [Number(pid), parent(pid)]));
  const isBelow = (pid) => pid === root || (parents.has(pid) && isBelow(parents.get(pid)));
  return [...parents.keys()].filter((pid) => pid !== root && isBelow(pid));
}

function parent(pid) {
  const behindName = read(pid, "stat").replace(/.*\) \S /s, "");
  return Number(behindName.split(" ")[0]);
}

// A process may end while it is looked at.
function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
