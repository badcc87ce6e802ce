/** "Teach from this project": asks the server to distil and shows how far it is and what came of it. */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import {
  ExecuteCommandRequest,
  type LanguageClient,
  WorkDoneProgress,
  WorkDoneProgressCancelNotification,
} from "vscode-languageclient/node";
import { howFar, type Outcome, readOutcome, sentence } from "./outcome";
import type { Reports } from "./report";
import type { Server } from "./server";
import type { Status } from "./status";

const SHOW_REPORT = "Show report";

export class Teaching {
  private underway = false;

  constructor(
    private readonly server: Server,
    private readonly status: Status,
    private readonly reports: Reports,
  ) {}

  async teach(): Promise<void> {
    const client = await this.server.ready();
    if (client === undefined || this.underway) {
      const reason = this.underway
        ? "Understudy is teaching already."
        : "Understudy is offline and cannot teach.";
      void vscode.window.showWarningMessage(reason);
      return;
    }
    this.underway = true;
    this.status.teach("");
    try {
      const outcome = await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: "Understudy: teaching from this project",
          cancellable: true,
        },
        (progress, cancellation) => this.distill(client, progress, cancellation),
      );
      this.status.teach(undefined);
      await this.announce(outcome);
    } catch (error) {
      void vscode.window.showErrorMessage(`Understudy could not teach: ${(error as Error).message}`);
    } finally {
      this.underway = false;
      this.status.teach(undefined);
    }
  }

  /** Cancelling goes by the progress token, not by dropping the request, so that what was done so far is still answered. */
  private async distill(
    client: LanguageClient,
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
      const params = { command: "understudy.distill", arguments: [{ token }] };
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
    if (chosen === SHOW_REPORT && outcome.report !== null) {
      await this.reports.show(outcome.report);
    }
  }
}
