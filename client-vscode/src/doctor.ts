/** The doctor's findings in the output. It runs apart from the server, because it is needed most when that does not start. */

import { execFile } from "node:child_process";
import { homedir } from "node:os";
import * as vscode from "vscode";
import { currentCommand, currentSettings } from "./server";

const LONGEST_MS = 60_000;

export async function runDoctor(output: vscode.LogOutputChannel): Promise<void> {
  const found = currentCommand();
  output.show(true);
  if ("problem" in found) {
    output.error(found.problem);
    return;
  }
  const folder = vscode.workspace.isTrusted ? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath : undefined;
  const env = { ...process.env, UNDERSTUDY_EDITOR_SETTINGS: JSON.stringify(currentSettings()) };
  const options = { cwd: folder ?? homedir(), env, timeout: LONGEST_MS };
  await new Promise<void>((done) => {
    execFile(found.command, [...found.args, "doctor"], options, (error, stdout, stderr) => {
      output.info(`Doctor\n${stdout}${stderr}`.trimEnd());
      if (error !== null && stdout === "") {
        output.error(error.message);
      }
      done();
    });
  });
}
