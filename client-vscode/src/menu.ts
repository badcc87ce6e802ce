/** The menu of the status bar item: what can be done now. */

import * as vscode from "vscode";
import type { Status } from "./status";

interface Entry extends vscode.QuickPickItem {
  readonly command?: string;
  readonly arguments?: readonly unknown[];
}

export async function showMenu(status: Status): Promise<void> {
  const { sentence, offline, teaching } = status.now;
  const chosen = await vscode.window.showQuickPick(entries(offline, teaching), {
    title: "Understudy",
    placeHolder: sentence,
  });
  if (chosen?.command !== undefined) {
    await vscode.commands.executeCommand(chosen.command, ...(chosen.arguments ?? []));
  }
}

function entries(offline: boolean, teaching: boolean): Entry[] {
  const enabled = vscode.workspace
    .getConfiguration("understudy")
    .get<boolean>("inlineCompletion.enabled", true);
  const editor = vscode.window.activeTextEditor?.document;
  const file = editor?.uri.scheme === "file" && ["sql", "python"].includes(editor.languageId);
  const teach: Entry[] = teaching
    ? [{ label: "$(stop-circle) Cancel teaching", command: "understudy.cancelTeaching" }]
    : [
        { label: "$(mortar-board) Teach from this project", command: "understudy.teach" },
        ...(file ? [{ label: "$(file-code) Teach from this file", command: "understudy.teachFile" }] : []),
      ];
  const learned: Entry[] = [
    { label: "$(graph) Show report", command: "understudy.showReport" },
    { label: "$(list-tree) Show knowledge", command: "understudy.showKnowledge" },
    { label: "", kind: vscode.QuickPickItemKind.Separator },
  ];
  const server: Entry[] = [
    {
      label: "$(pulse) Doctor",
      command: "understudy.runDoctor",
      description: "what is configured and reachable",
    },
    { label: "$(debug-restart) Restart server", command: "understudy.restartServer" },
    { label: "$(output) Show output", command: "understudy.showOutput" },
    {
      label: "$(settings-gear) Settings",
      command: "workbench.action.openSettings",
      arguments: ["@ext:understudy.understudy"],
    },
  ];
  const ghost: Entry = {
    label: enabled ? "$(eye-closed) Turn ghost text off" : "$(eye) Turn ghost text on",
    command: "understudy.toggleGhostText",
  };
  if (offline) {
    return [
      { label: "$(package) Create a Python environment", command: "understudy.createEnvironment" },
      ...server,
    ];
  }
  if (!vscode.workspace.isTrusted) {
    const trust = { label: "$(shield) Trust this workspace to teach", command: "workbench.trust.manage" };
    return [trust, ghost, ...server];
  }
  return [...teach, ...learned, ghost, ...server];
}
