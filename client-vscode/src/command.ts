/** Which command starts the server, and what to tell the user when it does not. Knows nothing of VS Code. */

import * as path from "node:path";

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
}

/** What the choice depends on; the disk and the environment come in from outside so that tests need neither. */
export interface Surroundings {
  /** `understudy.interpreter`; blank when unset. */
  readonly interpreter: string;
  /** Workspace folders whose content may be executed: none in a restricted workspace. */
  readonly folders: readonly string[];
  /** The interpreter that the Python extension has chosen, where it may be executed. */
  readonly chosenPython?: string | undefined;
  /** The Python of the environment that this extension made. */
  readonly ownPython?: string | undefined;
  readonly home: string;
  /** The `PATH` variable. */
  readonly searchPath: string;
  readonly windows: boolean;
  readonly isFile: (file: string) => boolean;
}

const INSTALL = "Install the Python package understudy (Python 3.10 or newer)";
const POINT = "set understudy.interpreter to the Python that has it";

/** Why there is no command; `missing` when nothing is wrong but that the server is not installed. */
export interface Problem {
  readonly problem: string;
  readonly missing: boolean;
}

/** The command to which the server's and the doctor's arguments are appended, or what to do when there is none. */
export function findCommand(around: Surroundings): Launch | Problem {
  if (around.interpreter.trim() !== "") {
    const wanted = expand(around.interpreter.trim(), around);
    const found = isBare(wanted) ? onPath(wanted, around) : existing(wanted, around);
    return found === undefined
      ? {
          problem: `understudy.interpreter names ${wanted}, which does not exist. Correct it, or clear it.`,
          missing: false,
        }
      : launch(found);
  }
  const bin = around.windows ? "Scripts" : "bin";
  const places = around.folders.map((folder) =>
    existing(path.join(folder, ".venv", bin, "understudy"), around),
  );
  const found =
    places.find((place) => place !== undefined) ??
    beside(around.chosenPython, around) ??
    around.ownPython ??
    onPath("understudy", around) ??
    onPath(around.windows ? "python" : "python3", around);
  return found === undefined
    ? { problem: `Python was not found. ${INSTALL}, and ${POINT}.`, missing: true }
    : launch(found);
}

/** One sentence or two on why the server stopped before it answered: what is wrong and what to do. */
export function explainFailure(started: Launch, stderr: string, error: unknown): Problem {
  if (/No module named ['"]?understudy/.test(stderr)) {
    return {
      problem: `${started.command} has no package understudy. ${INSTALL}, or ${POINT}.`,
      missing: true,
    };
  }
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const reason = lines.at(-1)?.trim() ?? (error instanceof Error ? error.message : String(error));
  const command = [started.command, ...started.args].join(" ");
  return { problem: `The server (${command}) did not start: ${reason}`, missing: false };
}

function launch(file: string): Launch {
  const isPython = /^(python|pypy)[\d.]*(\.exe)?$/i.test(path.basename(file));
  return { command: file, args: isPython ? ["-m", "understudy_server"] : [] };
}

/** The `understudy` of the environment that a Python belongs to; a look at the disk, so nothing of it is executed. */
function beside(python: string | undefined, around: Surroundings): string | undefined {
  return python === undefined ? undefined : existing(path.join(path.dirname(python), "understudy"), around);
}

function expand(file: string, around: Surroundings): string {
  const folder = around.folders[0];
  const placed = folder === undefined ? file : file.replace(/\$\{workspaceFolder\}/g, () => folder);
  return placed.replace(/^~(?=$|[\\/])/, around.home);
}

function isBare(file: string): boolean {
  return !/[\\/]/.test(file);
}

function existing(file: string, around: Surroundings): string | undefined {
  const names = around.windows && path.extname(file) === "" ? [`${file}.exe`, file] : [file];
  return names.find(around.isFile);
}

/** We search the `PATH` ourselves: the system's own search looks into the current folder first on Windows, and a relative entry would let a workspace supply the command anywhere. */
function onPath(name: string, around: Surroundings): string | undefined {
  return around.searchPath
    .split(around.windows ? ";" : ":")
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => existing(path.join(folder, name), around))
    .find((file) => file !== undefined);
}
