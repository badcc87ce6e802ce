/** Where VS Code enters and leaves: makes the parts and wires the commands to them. */

import * as vscode from "vscode";
import { runDoctor } from "./doctor";
import { Reports } from "./report";
import { Server } from "./server";
import { Status } from "./status";
import { Teaching } from "./teach";

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel("Understudy", { log: true });
  const status = new Status();
  const reports = new Reports();
  const started = new Server(status, output);
  const teaching = new Teaching(started, status, reports);
  server = started;
  context.subscriptions.push(
    output,
    status,
    reports,
    started,
    vscode.commands.registerCommand("understudy.teach", () => teaching.teach()),
    vscode.commands.registerCommand("understudy.showReport", () => reports.show()),
    vscode.commands.registerCommand("understudy.restartServer", () => started.restart()),
    vscode.commands.registerCommand("understudy.runDoctor", () => runDoctor(output)),
    vscode.workspace.onDidChangeConfiguration((event) => started.configurationChanged(event)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => started.restart()),
  );
  // Not awaited: while the server starts, or hangs, its commands must already work.
  void started.restart();
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
