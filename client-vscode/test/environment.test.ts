import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  environmentIn,
  isNewEnough,
  makeEnvironment,
  pythonSteps,
  suitablePython,
  wheelIn,
} from "../src/environment";

const scratch = mkdtempSync(join(tmpdir(), "understudy-environment-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A wheel of a package that answers as the server's does and needs nothing, so that nothing is downloaded. */
function wheelSaying(version: string): string {
  const script = [
    "import sys, zipfile",
    "name, version = sys.argv[1:]",
    'info = f"understudy-{version}.dist-info/"',
    'with zipfile.ZipFile(name, "w") as wheel:',
    '    wheel.writestr("understudy_server/__init__.py", "")',
    '    wheel.writestr("understudy_server/__main__.py", f"print({version!r})")',
    '    wheel.writestr(info + "METADATA", f"Metadata-Version: 2.1\\nName: understudy\\nVersion: {version}\\n")',
    '    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")',
    '    wheel.writestr(info + "RECORD", "")',
  ].join("\n");
  const folder = join(scratch, `wheel-${version}`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `understudy-${version}-py3-none-any.whl`);
  execFileSync("python3", ["-c", script, file, version]);
  return file;
}

function making(signal = new AbortController().signal) {
  const said: string[] = [];
  return { said, signal, say: (stage: string) => said.push(stage), log: () => undefined };
}

test("an environment is made, found again, told apart from an older one, and replaced", async () => {
  const folder = join(scratch, "storage");
  const [first, second] = [wheelSaying("1.0"), wheelSaying("2.0")];
  const steps = making();
  const python = await makeEnvironment("python3", folder, first, steps);
  assert.equal(execFileSync(python, ["-I", "-m", "understudy_server"], { encoding: "utf8" }).trim(), "1.0");
  assert.deepEqual(environmentIn(folder, first), { python, current: true });
  assert.deepEqual(environmentIn(folder, second), { python, current: false });
  assert.equal(steps.said.length, 3);

  // Half of an environment, as a kill leaves it, neither counts nor stays.
  mkdirSync(join(folder, "env-half"));
  const newer = await makeEnvironment("python3", folder, second, making());
  assert.deepEqual(environmentIn(folder, second), { python: newer, current: true });
  assert.equal(readdirSync(folder).length, 2);
});

test("what goes wrong leaves the environment that there was", async () => {
  const folder = join(scratch, "kept");
  const wheel = wheelSaying("3.0");
  mkdirSync(folder);
  writeFileSync(
    join(folder, "environment.json"),
    JSON.stringify({ python: process.execPath, wheel: "older" }),
  );
  const broken = join(scratch, "broken-1.0-py3-none-any.whl");
  writeFileSync(broken, "no wheel");
  await assert.rejects(makeEnvironment("python3", folder, broken, making()), /wheel|Wheel/);
  const stopped = AbortSignal.abort();
  await assert.rejects(makeEnvironment("python3", folder, wheel, making(stopped)));
  assert.deepEqual(environmentIn(folder, wheel), { python: process.execPath, current: false });
  assert.deepEqual(readdirSync(folder), ["environment.json"]);
});

test("a pointer to nothing is no environment, and a build without a wheel has none", async () => {
  const folder = join(scratch, "broken");
  mkdirSync(folder);
  for (const said of ["{", "{}", JSON.stringify({ python: "/gone/python", wheel: "" })]) {
    writeFileSync(join(folder, "environment.json"), said);
    assert.equal(environmentIn(folder, "/gone.whl"), undefined);
  }
  assert.equal(await wheelIn(join(scratch, "nothing")), undefined);
});

test("a Python that is too old is named in the steps, and one that does not run is passed over", async () => {
  const old = join(scratch, "python3.8");
  writeFileSync(old, "#!/bin/sh\necho 3.8.10\n", { mode: 0o755 });
  assert.deepEqual(await suitablePython([join(scratch, "gone"), old]), { tooOld: "3.8.10" });
  assert.deepEqual(await suitablePython([old, "python3"]), { python: "python3" });
  assert.match(pythonSteps("3.8.10", "linux"), /Only Python 3\.8\.10.*3\.10 or newer.*python3-venv/);
  assert.match(pythonSteps(undefined, "win32"), /No usable Python.*Microsoft Store/);
  assert.ok(
    isNewEnough("3.10.0") && isNewEnough("4.0") && !isNewEnough("3.9.19") && !isNewEnough("nonsense"),
  );
});
