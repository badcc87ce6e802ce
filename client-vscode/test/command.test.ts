import assert from "node:assert/strict";
import { test } from "node:test";
import { explainFailure, findCommand, type Surroundings } from "../src/command";

function find(around: Partial<Surroundings>, files: readonly string[]) {
  return findCommand({
    interpreter: "",
    folders: [],
    home: "/home/ada",
    searchPath: "/usr/local/bin:/usr/bin",
    windows: false,
    isFile: (file) => files.includes(file),
    ...around,
  });
}

test("the workspace's virtual environment comes before the PATH", () => {
  const files = ["/shop/.venv/bin/understudy", "/usr/bin/understudy"];
  assert.deepEqual(find({ folders: ["/shop"] }, files), { command: "/shop/.venv/bin/understudy", args: [] });
});

test("a restricted workspace supplies no command", () => {
  const files = ["/shop/.venv/bin/understudy", "/usr/bin/understudy"];
  assert.deepEqual(find({ folders: [] }, files), { command: "/usr/bin/understudy", args: [] });
});

test("without the command, Python runs the module", () => {
  assert.deepEqual(find({}, ["/usr/bin/python3"]), {
    command: "/usr/bin/python3",
    args: ["-m", "understudy_server"],
  });
});

test("a relative entry of the PATH is never searched", () => {
  assert.deepEqual(find({ searchPath: "bin:.:/usr/bin" }, ["bin/understudy", "/usr/bin/understudy"]), {
    command: "/usr/bin/understudy",
    args: [],
  });
});

test("the setting may name a Python, the command, or a bare name, from the home or the workspace folder", () => {
  assert.deepEqual(find({ interpreter: "~/env/bin/python3.12" }, ["/home/ada/env/bin/python3.12"]), {
    command: "/home/ada/env/bin/python3.12",
    args: ["-m", "understudy_server"],
  });
  const inWorkspace = ["$", "{workspaceFolder}/env/bin/understudy"].join("");
  assert.deepEqual(find({ interpreter: inWorkspace, folders: ["/a$&b"] }, ["/a$&b/env/bin/understudy"]), {
    command: "/a$&b/env/bin/understudy",
    args: [],
  });
  assert.deepEqual(find({ interpreter: "python3.11" }, ["/usr/bin/python3.11"]), {
    command: "/usr/bin/python3.11",
    args: ["-m", "understudy_server"],
  });
});

test("a setting that names nothing is said to, and nothing else is tried", () => {
  assert.deepEqual(find({ interpreter: "/gone/python" }, ["/usr/bin/understudy"]), {
    problem: "understudy.interpreter names /gone/python, which does not exist. Correct it, or clear it.",
    missing: false,
  });
});

test("with no Python at all the message says what to install", () => {
  const found = find({}, []);
  assert.ok("problem" in found);
  assert.match(found.problem, /Python was not found.*Install.*understudy\.interpreter/);
});

test("a Python without the package is told apart from a server that fails", () => {
  const python = { command: "/usr/bin/python3", args: ["-m", "understudy_server"] };
  assert.match(
    explainFailure(python, "/usr/bin/python3: No module named understudy_server\n", new Error("closed"))
      .problem,
    /^\/usr\/bin\/python3 has no package understudy\. Install/,
  );
  assert.equal(
    explainFailure(python, "Traceback\nValueError: bad index\n", new Error("closed")).problem,
    "The server (/usr/bin/python3 -m understudy_server) did not start: ValueError: bad index",
  );
  assert.match(explainFailure(python, "", new Error("spawn EACCES")).problem, /did not start: spawn EACCES$/);
});

test("the Python extension's interpreter counts where it has the package, then the extension's own environment", () => {
  const chosen = { chosenPython: "/envs/a/bin/python", ownPython: "/storage/env/bin/python" };
  assert.deepEqual(find(chosen, ["/envs/a/bin/understudy", "/usr/bin/understudy"]), {
    command: "/envs/a/bin/understudy",
    args: [],
  });
  assert.deepEqual(find(chosen, ["/usr/bin/understudy"]), {
    command: "/storage/env/bin/python",
    args: ["-m", "understudy_server"],
  });
});
