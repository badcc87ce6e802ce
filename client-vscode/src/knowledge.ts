/** The view of what was learned, and what can be done with each part of it. */

import * as path from "node:path";
import * as vscode from "vscode";
import { ExecuteCommandRequest } from "vscode-languageclient/node";
import { type Case, casesOf, countAdmitted, type Item, items, type Knowledge } from "./knowledge_items";
import type { Server } from "./server";

const SCHEME = "understudy-case";
/** The database changes several times in a row while cases are kept. */
const SETTLE_MS = 500;

/** The answer to `understudy/case`. */
interface Told {
  readonly text: string;
  readonly turns: readonly string[];
  readonly question: string;
  readonly explanation: string;
  readonly notes: readonly string[];
}

interface Verified {
  readonly looked_at: number;
  readonly measured: number;
  readonly changed: readonly { readonly id: string; readonly status: string; readonly reason: string }[];
}

export class KnowledgeView
  implements vscode.TreeDataProvider<Item>, vscode.TextDocumentContentProvider, vscode.Disposable
{
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly retold = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.retold.event;
  private readonly parts: vscode.Disposable[];
  private readonly view: vscode.TreeView<Item>;
  private settling: NodeJS.Timeout | undefined;

  constructor(private readonly server: Server) {
    this.view = vscode.window.createTreeView("understudy.knowledge", { treeDataProvider: this });
    const watcher = vscode.workspace.createFileSystemWatcher("**/.understudy/knowledge.db{,-wal}");
    this.parts = [
      this.view,
      watcher,
      watcher.onDidCreate(() => this.refreshSoon()),
      watcher.onDidChange(() => this.refreshSoon()),
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
    ];
  }

  refresh(): void {
    this.changed.fire(undefined);
    for (const document of vscode.workspace.textDocuments) {
      if (document.uri.scheme === SCHEME) {
        this.retold.fire(document.uri);
      }
    }
  }

  async getChildren(item?: Item): Promise<Item[]> {
    if (item !== undefined) {
      return [...item.children];
    }
    const knowledge = await this.ask<Knowledge>("understudy/knowledge", {});
    const top = knowledge === undefined ? [] : items(knowledge);
    const inUse = knowledge === undefined ? 0 : countAdmitted(knowledge);
    this.view.description = inUse > 0 ? `${inUse} in use` : "";
    return top;
  }

  getTreeItem(item: Item): vscode.TreeItem {
    const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
    const shown = new vscode.TreeItem(
      item.label,
      item.children.length === 0 ? None : item.open ? Expanded : Collapsed,
    );
    shown.id = item.key;
    shown.description = item.detail;
    shown.iconPath = new vscode.ThemeIcon(item.icon);
    shown.contextValue = item.kind;
    shown.accessibilityInformation = { label: [item.label, item.detail].filter(Boolean).join(", ") };
    if (item.case !== undefined) {
      shown.command = { command: "understudy.openSource", title: "Open source", arguments: [item] };
    } else {
      shown.tooltip = item.tooltip;
    }
    return shown;
  }

  /** Only what the mouse rests on is asked for its trace. */
  async resolveTreeItem(shown: vscode.TreeItem, item: Item): Promise<vscode.TreeItem> {
    const told = item.case && (await this.ask<Told>("understudy/case", { id: item.case.id }));
    const turns = (told?.turns ?? []).map((turn) => `\n• ${turn}`).join("");
    shown.tooltip = turns === "" ? item.tooltip : `${item.tooltip}\n\nTrace${turns}`;
    return shown;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const told = await this.ask<Told>("understudy/case", { id: uri.query });
    return told?.text ?? "This case is not in memory any more.";
  }

  async focus(): Promise<void> {
    await vscode.commands.executeCommand("understudy.knowledge.focus");
  }

  async openSource(item?: Item): Promise<void> {
    const chosen = await this.chosen("Whose source is to be opened?", item);
    if (chosen !== undefined) {
      await openPlace(chosen.path, chosen.line);
    }
  }

  async showCase(item?: Item | { readonly id: string }): Promise<void> {
    const id = item !== undefined && "id" in item ? item.id : (await this.chosen("Which case?", item))?.id;
    if (id !== undefined) {
      const uri = vscode.Uri.from({ scheme: SCHEME, path: `Case ${id}.txt`, query: id });
      await vscode.window.showTextDocument(uri, { preview: true });
    }
  }

  async forget(item?: Item | { readonly id: string }): Promise<boolean> {
    const rule = item !== undefined && "kind" in item ? item.rule : undefined;
    const named = item !== undefined && "id" in item ? item.id : rule?.id;
    const id = named ?? (await this.chosen("Which lesson is to be forgotten?", item))?.id;
    const forget = "Forget";
    if (id === undefined) {
      return false;
    }
    const answer = await vscode.window.showWarningMessage(
      `Forget this ${rule === undefined ? "lesson" : "rule"}?`,
      { modal: true, detail: "It enters no prompt any more, and is not learned again." },
      forget,
    );
    if (answer !== forget) {
      return false;
    }
    await this.execute("understudy.forget", { id });
    this.refresh();
    return true;
  }

  async edit(item?: Item): Promise<void> {
    const chosen = await this.chosen("Which case is to be edited?", item);
    const told = chosen && (await this.ask<Told>("understudy/case", { id: chosen.id }));
    if (chosen === undefined || told === undefined) {
      return;
    }
    const fields = [
      { label: "Question", detail: told.question, write: (text: string) => ({ question: text }) },
      { label: "Explanation", detail: told.explanation, write: (text: string) => ({ explanation: text }) },
      ...[...told.notes, ""].map((note, i) => ({
        label: note === "" ? "New note" : `Note ${i + 1}`,
        detail: note,
        write: (text: string) => ({ notes: told.notes.toSpliced(i, 1, text).filter((each) => each !== "") }),
      })),
    ];
    const field = await vscode.window.showQuickPick(fields, {
      title: "Edit the case",
      placeHolder: "It is taken out of prompts until it was measured as you wrote it",
    });
    const text =
      field && (await vscode.window.showInputBox({ title: `Edit: ${field.label}`, value: field.detail }));
    if (field === undefined || text === undefined || text === field.detail) {
      return;
    }
    const answer = await this.execute<{ changed: boolean; message?: string }>("understudy.edit", {
      id: chosen.id,
      ...field.write(text),
    });
    this.refresh();
    if (answer?.changed !== true) {
      void vscode.window.showErrorMessage(`Understudy: ${answer?.message ?? "the case stays as it is"}`);
      return;
    }
    const verify = "Measure it now";
    const next = await vscode.window.showInformationMessage(
      "Understudy: the case waits until it was measured as you wrote it.",
      verify,
    );
    if (next === verify) {
      await this.verify();
    }
  }

  /** Holds all cases against the schema, the data and the student of today. */
  async verify(): Promise<void> {
    const answer = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: "Understudy: verifying what was learned" },
      () => this.execute<Verified & { message?: string }>("understudy.verify", {}),
    );
    this.refresh();
    if (answer === undefined) {
      return;
    }
    if (answer.message !== undefined) {
      void vscode.window.showErrorMessage(`Understudy: ${answer.message}`);
      return;
    }
    const changes = answer.changed.map((each) => `${each.id} is ${each.status} now: ${each.reason}.`);
    void vscode.window.showInformationMessage(
      [
        `Understudy looked at ${answer.looked_at} cases, measured ${answer.measured}, changed ${answer.changed.length}.`,
        ...changes.slice(0, 3),
      ].join(" "),
    );
  }

  dispose(): void {
    clearTimeout(this.settling);
    for (const part of this.parts) {
      part.dispose();
    }
  }

  private refreshSoon(): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.refresh(), SETTLE_MS);
  }

  /** The item's case or, from the palette, the one that the user picks. */
  private async chosen(question: string, item?: Item | { readonly id: string }): Promise<Case | undefined> {
    if (item !== undefined && "kind" in item) {
      return item.case;
    }
    const cases = casesOf(await this.getChildren());
    if (cases.length === 0) {
      void vscode.window.showInformationMessage("Understudy has learned nothing here yet.");
      return undefined;
    }
    const entries = cases.map((each) => ({ label: each.question, description: each.status, case: each }));
    return (await vscode.window.showQuickPick(entries, { title: question }))?.case;
  }

  private async ask<T extends object>(method: string, params: object): Promise<T | undefined> {
    const client = await this.server.ready();
    const answer = await client?.sendRequest<T | { message: string }>(method, params);
    return answer === undefined || "message" in answer ? undefined : answer;
  }

  private async execute<T>(command: string, argument: object): Promise<T | undefined> {
    const client = await this.server.ready();
    if (client === undefined) {
      void vscode.window.showWarningMessage("Understudy is offline.");
      return undefined;
    }
    const params = { command, arguments: [argument] };
    return (await client.sendRequest(ExecuteCommandRequest.type, params)) as T;
  }
}

/** Shows a place of the workspace; a path that leads out of it, as hostile knowledge may hold, is not followed. */
export async function openPlace(relative: string, line: number): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const file = folder && path.resolve(folder.fsPath, relative);
  const below = folder && file && path.relative(folder.fsPath, file);
  if (file === undefined || below === undefined || below.startsWith("..") || path.isAbsolute(below)) {
    void vscode.window.showWarningMessage(`Understudy: ${relative} is not in this workspace.`);
    return;
  }
  const uri = vscode.Uri.file(file);
  if (file.endsWith(".ipynb")) {
    await vscode.commands.executeCommand("vscode.open", uri);
    return;
  }
  const at = new vscode.Position(Math.max(line - 1, 0), 0);
  try {
    await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at) });
  } catch {
    void vscode.window.showWarningMessage(`Understudy: ${relative} is not there any more.`);
  }
}
