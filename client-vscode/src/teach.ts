/** "Teach from this project": asks the server to distil and shows how far it is and what came of it. */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import {
  ExecuteCommandRequest,
  type LanguageClient,
  WorkDoneProgress,
  WorkDoneProgressCancelNotification,
} from "vscode-languageclient/node";
import { cost, type Estimate, isPaid, readEstimate } from "./estimate";
import { howFar, type Outcome, readOutcome, sentence } from "./outcome";
import type { KnowledgeView } from "./knowledge";
import type { Reports } from "./report";
import type { Server } from "./server";
import type { Status } from "./status";

const SHOW_REPORT = "Show report";
const ESTIMATE = "understudy.estimate";

/** What is taught from, as `understudy.teach` and its relatives take it. */
export interface Scope {
  /** URI of a file, a folder or a notebook's cell of the workspace; all of it where there is none. */
  readonly path?: string;
  /** The lines of the file or cell whose examples are taught from; all of them where there is none. */
  readonly range?: { readonly start: Place; readonly end: Place };
}

interface Place {
  readonly line: number;
  readonly character: number;
}

export class Teaching {
  private underway: vscode.CancellationTokenSource | undefined;

  constructor(
    private readonly server: Server,
    private readonly status: Status,
    private readonly reports: Reports,
    private readonly knowledge: KnowledgeView,
  ) {}

  /** Stops what is under way; what was admitted so far is kept. */
  cancel(): void {
    if (this.underway === undefined) {
      void vscode.window.showInformationMessage("Understudy is not teaching.");
    }
    this.underway?.cancel();
  }

  /** The examples that the selection touches or, where nothing is selected, the one at the cursor. */
  async teachSelection(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) {
      void vscode.window.showWarningMessage("Understudy teaches from files of the workspace: open one.");
      return;
    }
    const { start, end } = editor.selection;
    const [from, to] = [start, end].map(({ line, character }) => ({ line, character }));
    if (from !== undefined && to !== undefined) {
      await this.teach({ path: editor.document.uri.toString(), range: { start: from, end: to } });
    }
  }

  /** The file of the explorer's menu, or the one that is edited. */
  async teachFile(file?: vscode.Uri): Promise<void> {
    const uri = file ?? vscode.window.activeTextEditor?.document.uri;
    if (uri?.scheme !== "file") {
      void vscode.window.showWarningMessage("Understudy teaches from files of the workspace: open one.");
      return;
    }
    await this.teach({ path: uri.toString() });
  }

  async teach(scope: Scope = {}): Promise<void> {
    const client = await this.server.ready();
    if (client === undefined || this.underway !== undefined) {
      const reason =
        this.underway === undefined
          ? "Understudy is offline and cannot teach."
          : "Understudy is teaching already.";
      void vscode.window.showWarningMessage(reason);
      return;
    }
    const from =
      scope.path === undefined
        ? "this project"
        : vscode.workspace.asRelativePath(vscode.Uri.parse(scope.path));
    const stop = new vscode.CancellationTokenSource();
    this.underway = stop;
    try {
      if (scope.path !== undefined) {
        await save(scope.path);
      }
      const estimate = await this.estimate(client, scope);
      if (estimate !== undefined && isPaid(estimate) && !(await agreed(from, estimate))) {
        return;
      }
      this.status.teach("");
      await vscode.commands.executeCommand("setContext", "understudy.teaching", true);
      const outcome = await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: `Understudy: teaching from ${from}`,
          cancellable: true,
        },
        (progress, cancellation) => {
          cancellation.onCancellationRequested(() => stop.cancel());
          if (estimate !== undefined) {
            progress.report({ message: cost(estimate) });
          }
          return this.distill(client, scope, progress, stop.token);
        },
      );
      this.finish(stop);
      await this.announce(outcome);
    } catch (error) {
      void vscode.window.showErrorMessage(`Understudy could not teach: ${(error as Error).message}`);
    } finally {
      this.finish(stop);
    }
  }

  /** What it would take; undefined where the server cannot say, which teaching itself then explains. */
  private async estimate(client: LanguageClient, scope: Scope): Promise<Estimate | undefined> {
    const known = client.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
    if (!known.includes(ESTIMATE)) {
      return undefined;
    }
    const params = { command: ESTIMATE, arguments: [scope] };
    const asking = client.sendRequest(ExecuteCommandRequest.type, params).then(readEstimate, () => undefined);
    const location = vscode.ProgressLocation.Window;
    return vscode.window.withProgress({ location, title: "Understudy: counting the examples" }, () => asking);
  }

  /** Before the outcome is shown, which waits for the user. */
  private finish(stop: vscode.CancellationTokenSource): void {
    if (this.underway === stop) {
      this.underway = undefined;
      stop.dispose();
      this.status.teach(undefined);
      this.knowledge.refresh();
      void vscode.commands.executeCommand("setContext", "understudy.teaching", false);
    }
  }

  /** Cancelling goes by the progress token, not by dropping the request, so that what was done so far is still answered. */
  private async distill(
    client: LanguageClient,
    scope: Scope,
    progress: vscode.Progress<{ message?: string; increment?: number }>,
    cancellation: vscode.CancellationToken,
  ): Promise<Outcome> {
    const token = randomUUID();
    let shown = 0;
    const listening = client.onProgress(WorkDoneProgress.type, token, (value) => {
      if (value.kind === "end") {
        return;
      }
      this.status.teach(howFar(value.message, value.percentage) ?? "");
      const increment = Math.max(0, (value.percentage ?? shown) - shown);
      shown += increment;
      progress.report({ increment, ...(value.message === undefined ? {} : { message: value.message }) });
    });
    const cancelling = cancellation.onCancellationRequested(() => {
      progress.report({ message: "stopping…" });
      void client.sendNotification(WorkDoneProgressCancelNotification.type, { token });
    });
    try {
      const params = { command: "understudy.distill", arguments: [{ token, ...scope }] };
      return readOutcome(await client.sendRequest(ExecuteCommandRequest.type, params));
    } finally {
      listening.dispose();
      cancelling.dispose();
    }
  }

  private async announce(outcome: Outcome): Promise<void> {
    if (outcome.status === "failed") {
      void vscode.window.showErrorMessage(sentence(outcome));
      return;
    }
    const actions = outcome.report === null ? [] : [SHOW_REPORT];
    const chosen = await vscode.window.showInformationMessage(sentence(outcome), ...actions);
    if (chosen === SHOW_REPORT) {
      await this.reports.show();
    }
  }
}

/** Saves what is edited there, as the server reads it from disk: the document, or the notebook that the cell is in. */
async function save(uri: string): Promise<void> {
  const { notebookDocuments, textDocuments } = vscode.workspace;
  const notebook = notebookDocuments.find((each) =>
    each.getCells().some((cell) => cell.document.uri.toString() === uri),
  );
  await (notebook ?? textDocuments.find((each) => each.uri.toString() === uri))?.save();
}

/** Whether the user wants it at that price. */
async function agreed(from: string, estimate: Estimate): Promise<boolean> {
  const teach = "Teach";
  const detail = `${cost(estimate)} Cancel works at any moment: what was admitted so far is kept.`;
  return (
    (await vscode.window.showInformationMessage(`Teach from ${from}?`, { modal: true, detail }, teach)) ===
    teach
  );
}
