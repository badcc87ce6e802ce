/** Where VS Code enters and leaves: makes the parts and wires the commands to them. */

import * as vscode from "vscode";
import { runDoctor } from "./doctor";
import { Interpreter } from "./interpreter";
import { KnowledgeView } from "./knowledge";
import { showMenu } from "./menu";
import { Reports } from "./report";
import { Server } from "./server";
import { Status } from "./status";
import { Teaching } from "./teach";

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel("Understudy", { log: true });
  const status = new Status();
  const interpreter = new Interpreter(context, output);
  const started = new Server(status, output, interpreter);
  const knowledge = new KnowledgeView(started);
  const reports = new Reports(started, knowledge);
  const teaching = new Teaching(started, status, reports, knowledge);
  server = started;

  const commands: Record<string, (...args: never[]) => unknown> = {
    teach: (scope?: Parameters<Teaching["teach"]>[0]) => teaching.teach(scope),
    teachFile: (file?: vscode.Uri) => teaching.teachFile(file),
    teachSelection: () => teaching.teachSelection(),
    cancelTeaching: () => teaching.cancel(),
    showReport: () => reports.show(),
    showKnowledge: () => knowledge.focus(),
    refreshKnowledge: () => knowledge.refresh(),
    verifyKnowledge: () => knowledge.verify(),
    openSource: (item?: Parameters<KnowledgeView["openSource"]>[0]) => knowledge.openSource(item),
    showCase: (item?: Parameters<KnowledgeView["showCase"]>[0]) => knowledge.showCase(item),
    editCase: (item?: Parameters<KnowledgeView["edit"]>[0]) => knowledge.edit(item),
    forgetLesson: (item?: Parameters<KnowledgeView["forget"]>[0]) => knowledge.forget(item),
    createEnvironment: async () => {
      if (await interpreter.create()) {
        await started.restart();
      }
    },
    restartServer: () => started.restart(),
    runDoctor: () => runDoctor(output, interpreter),
    showOutput: () => output.show(),
    showMenu: () => showMenu(status),
    toggleGhostText: toggleGhostText,
  };
  context.subscriptions.push(
    output,
    status,
    reports,
    knowledge,
    started,
    ...Object.entries(commands).map(([name, run]) =>
      vscode.commands.registerCommand(`understudy.${name}`, run),
    ),
    started.onDidLearn(() => knowledge.refresh()),
    vscode.workspace.onDidChangeConfiguration((event) => started.configurationChanged(event)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => started.restart()),
  );
  // Not awaited: while the server starts, or hangs, its commands must already work.
  void started.restart().then(async () => {
    if (await interpreter.offerUpdate()) {
      await started.restart();
    }
  });
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}

async function toggleGhostText(): Promise<void> {
  const configuration = vscode.workspace.getConfiguration("understudy");
  const enabled = configuration.get<boolean>("inlineCompletion.enabled", true);
  await configuration.update("inlineCompletion.enabled", !enabled, vscode.ConfigurationTarget.Global);
}
