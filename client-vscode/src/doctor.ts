/** The doctor's findings in the output. It runs apart from the server, because it is needed most when that does not start. */

import { execFile } from "node:child_process";
import { homedir } from "node:os";
import * as vscode from "vscode";
import type { Interpreter } from "./interpreter";
import { currentSettings } from "./server";

const LONGEST_MS = 60_000;

export async function runDoctor(output: vscode.LogOutputChannel, interpreter: Interpreter): Promise<void> {
  const found = await interpreter.command();
  output.show(true);
  if ("problem" in found) {
    output.error(found.problem);
    return;
  }
  const folder = vscode.workspace.isTrusted ? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath : undefined;
  const env = { ...process.env, UNDERSTUDY_EDITOR_SETTINGS: JSON.stringify(currentSettings()) };
  const options = { cwd: folder ?? homedir(), env, timeout: LONGEST_MS };
  const looking = new Promise<void>((done) => {
    execFile(found.command, [...found.args, "doctor"], options, (error, stdout, stderr) => {
      output.info(`Doctor\n${stdout}${stderr}`.trimEnd());
      if (error !== null && stdout === "") {
        output.error(error.message);
      }
      done();
    });
  });
  const location = vscode.ProgressLocation.Window;
  await vscode.window.withProgress({ location, title: "Understudy: the doctor looks" }, () => looking);
}
