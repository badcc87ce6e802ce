/** The HTML report of a run in a panel of its own. */

import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { underPolicy } from "./page";

export class Reports implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;

  /** Shows the report at `file`, or the workspace's newest one. */
  async show(file?: string): Promise<void> {
    const wanted = file ?? (await newestReport());
    if (wanted === undefined) {
      const teach = "Teach from this project";
      const chosen = await vscode.window.showInformationMessage(
        "There is no report yet. Teaching writes one.",
        teach,
      );
      if (chosen === teach) {
        await vscode.commands.executeCommand("understudy.teach");
      }
      return;
    }
    try {
      const html = await readFile(wanted, "utf8");
      this.open().webview.html = underPolicy(html);
    } catch (error) {
      void vscode.window.showErrorMessage(
        `Understudy cannot read the report ${wanted}: ${(error as Error).message}`,
      );
    }
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private open(): vscode.WebviewPanel {
    if (this.panel !== undefined) {
      this.panel.reveal();
      return this.panel;
    }
    const panel = vscode.window.createWebviewPanel(
      "understudy.report",
      "Understudy report",
      vscode.ViewColumn.Active,
      {
        enableScripts: false,
        enableForms: false,
        localResourceRoots: [],
      },
    );
    panel.onDidDispose(() => {
      this.panel = undefined;
    });
    this.panel = panel;
    return panel;
  }
}

async function newestReport(): Promise<string | undefined> {
  const files = await vscode.workspace.findFiles("**/.understudy/runs/**/*.html", null);
  const dated = await Promise.all(
    files.map(async (file) => ({ file, written: (await vscode.workspace.fs.stat(file)).mtime })),
  );
  return dated.sort((a, b) => b.written - a.written)[0]?.file.fsPath;
}
