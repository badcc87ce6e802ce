/** The report of the last run in a panel of its own, with buttons that lead back into the editor. */

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { type KnowledgeView, openPlace } from "./knowledge";
import { livePage, type Page, readWish, underPolicy, type Wish } from "./page";
import type { Server } from "./server";

export class Reports implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private file = "";

  constructor(
    private readonly server: Server,
    private readonly knowledge: KnowledgeView,
  ) {}

  /** Shows the report of the workspace's last run, made anew; without a server, the newest one on disk. */
  async show(): Promise<void> {
    const client = await this.server.ready();
    const page = await client?.sendRequest<Page | { message: string }>("understudy/report", {});
    if (page !== undefined && "body" in page) {
      this.file = page.file;
      this.open().webview.html = livePage(page, randomBytes(16).toString("hex"));
      return;
    }
    const found = page === undefined ? await newestReport() : undefined;
    if (found === undefined) {
      await this.offerTeaching(page?.message);
      return;
    }
    const html = await readFile(found, "utf8");
    this.file = found;
    this.open().webview.html = underPolicy(html);
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private async offerTeaching(reason = "There is no report yet."): Promise<void> {
    const teach = "Teach from this project";
    const isFirst = /no run|no report/.test(reason);
    const sentence = isFirst ? "There is no report yet. Teaching writes one." : `Understudy: ${reason}`;
    if ((await vscode.window.showInformationMessage(sentence, ...(isFirst ? [teach] : []))) === teach) {
      await vscode.commands.executeCommand("understudy.teach");
    }
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
      { enableScripts: true, enableForms: false, localResourceRoots: [] },
    );
    panel.onDidDispose(() => {
      this.panel = undefined;
    });
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const wish = readWish(message);
      return wish === undefined ? undefined : this.grant(wish);
    });
    this.panel = panel;
    return panel;
  }

  private async grant(wish: Wish): Promise<void> {
    switch (wish.act) {
      case "teach":
        await vscode.commands.executeCommand("understudy.teach");
        break;
      case "knowledge":
        await this.knowledge.focus();
        break;
      case "browser":
        await vscode.env.openExternal(vscode.Uri.file(this.file));
        break;
      case "open":
        await openPlace(wish.path, wish.line);
        break;
      case "case":
        await this.knowledge.showCase({ id: wish.id });
        break;
      case "forget":
        if (await this.knowledge.forget({ id: wish.id })) {
          await this.show();
        }
        break;
    }
  }
}

async function newestReport(): Promise<string | undefined> {
  const files = await vscode.workspace.findFiles("**/.understudy/runs/**/*.html", null);
  const dated = await Promise.all(
    files.map(async (file) => ({ file, written: (await vscode.workspace.fs.stat(file)).mtime })),
  );
  return dated.sort((a, b) => b.written - a.written)[0]?.file.fsPath;
}
