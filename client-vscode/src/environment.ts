/** A Python environment with the bundled server, made in a folder of the extension's own. Knows nothing of VS Code. */

import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";

export const OLDEST = [3, 10] as const;
const POINTER = "environment.json";
const LONGEST_MS = 15 * 60_000;

/** What `environment.json` says. It is written last, in one step: an environment counts once it is whole. */
interface Pointer {
  readonly python: string;
  /** SHA-256 of the wheel that was installed. */
  readonly wheel: string;
}

export interface Environment {
  readonly python: string;
  /** Whether its server is the one this extension brings. */
  readonly current: boolean;
}

export interface Making {
  readonly signal: AbortSignal;
  /** Takes what is being done, in a few words. */
  readonly say: (stage: string) => void;
  /** Takes what the tools print. */
  readonly log: (text: string) => void;
}

/** The environment that was made in `folder`; undefined where none was, or one that is broken. */
export function environmentIn(folder: string, wheel: string): Environment | undefined {
  try {
    const said = JSON.parse(readFileSync(path.join(folder, POINTER), "utf8")) as Partial<Pointer>;
    if (typeof said.python !== "string" || !statSync(said.python).isFile()) {
      return undefined;
    }
    return { python: said.python, current: said.wheel === digest(wheel) };
  } catch {
    return undefined;
  }
}

/**
 * A new environment in `folder` with the wheel in it; its Python. Whatever ends this early leaves what was there before.
 * Rejects with an Error that says what went wrong.
 */
export async function makeEnvironment(
  python: string,
  folder: string,
  wheel: string,
  making: Making,
): Promise<string> {
  const name = `env-${randomBytes(4).toString("hex")}`;
  const place = path.join(folder, name);
  await mkdir(folder, { recursive: true });
  try {
    making.say("making an environment");
    await run(python, ["-I", "-m", "venv", place], making);
    const windows = process.platform === "win32";
    const own = path.join(place, windows ? "Scripts" : "bin", windows ? "python.exe" : "python");
    making.say("installing the server and what it needs");
    const options = ["--disable-pip-version-check", "--no-input", "--progress-bar=off"];
    await run(own, ["-I", "-m", "pip", "install", ...options, wheel], making);
    making.say("trying it");
    await run(own, ["-I", "-m", "understudy_server", "--version"], making);
    await point(folder, { python: own, wheel: digest(wheel) });
    await removeOthers(folder, name);
    return own;
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    throw error;
  }
}

/** The first of the commands that is a Python new enough, and the newest version that was too old. */
export async function suitablePython(
  candidates: readonly string[],
): Promise<{ python?: string; tooOld?: string }> {
  let tooOld: string | undefined;
  for (const candidate of candidates) {
    const version = await versionOf(candidate);
    if (version !== undefined && isNewEnough(version)) {
      return { python: candidate };
    }
    tooOld ??= version;
  }
  return tooOld === undefined ? {} : { tooOld };
}

/** Names to look for on the `PATH`, best first. */
export function pythonNames(windows: boolean): string[] {
  return windows
    ? ["python.exe", "py.exe"]
    : ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];
}

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

async function versionOf(python: string): Promise<string | undefined> {
  // `ensurepip` is what Debian leaves out of its Python: without it there is no environment to be made.
  const asks = "import sys, venv, ensurepip; print('.'.join(map(str, sys.version_info[:3])))";
  return new Promise((done) => {
    execFile(python, ["-I", "-c", asks], { cwd: homedir(), timeout: 20_000 }, (error, stdout) =>
      done(error === null ? stdout.trim() : undefined),
    );
  });
}

async function run(command: string, args: readonly string[], making: Making): Promise<void> {
  const options = { cwd: homedir(), signal: making.signal, timeout: LONGEST_MS, maxBuffer: 64 * 2 ** 20 };
  await new Promise<void>((done, failed) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      making.log(`${command} ${args.join(" ")}\n${stdout}${stderr}`.trimEnd());
      const last = stderr.trim().split("\n").at(-1);
      if (error === null) {
        done();
      } else {
        failed(new Error(last === undefined || last === "" ? error.message : last));
      }
    });
  });
}

async function point(folder: string, to: Pointer): Promise<void> {
  const partial = path.join(folder, `${POINTER}.${process.pid}`);
  await writeFile(partial, JSON.stringify(to));
  await rename(partial, path.join(folder, POINTER));
}

/** Environments that were replaced, or that a kill left half made. One in use on Windows cannot be removed, and stays. */
async function removeOthers(folder: string, kept: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith("env-") && name !== kept) {
      await rm(path.join(folder, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

function digest(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** The wheel in the folder; undefined where the extension was packaged without one. */
export async function wheelIn(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const name = names.find((each) => each.endsWith(".whl"));
  return name === undefined ? undefined : path.join(folder, name);
}

/** What the user has to do where no Python will do, in one or two sentences. */
export function pythonSteps(tooOld: string | undefined, platform: NodeJS.Platform): string {
  const found = tooOld === undefined ? "No usable Python was found" : `Only Python ${tooOld} was found`;
  const steps: Partial<Record<NodeJS.Platform, string>> = {
    win32: "install it from the Microsoft Store or python.org",
    darwin: "run `brew install python`, or install it from python.org",
    linux: "install python3 and python3-venv with your package manager",
  };
  const how = steps[platform] ?? "install it from python.org";
  return `${found}. Understudy needs Python ${OLDEST.join(".")} or newer: ${how}, then try again.`;
}
