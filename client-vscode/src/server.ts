/** The life of the language server: found, started, told of settings, started again after a crash. */

import { statSync } from "node:fs";
import { homedir } from "node:os";
import * as vscode from "vscode";
import {
  CloseAction,
  DidChangeConfigurationNotification,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
} from "vscode-languageclient/node";
import { Backoff } from "./backoff";
import { explainFailure, findCommand, type Launch } from "./command";
import { type ServerSettings, serverSettings } from "./settings";
import type { Status } from "./status";

const LANGUAGES = ["sql", "python"];
const STDERR_KEPT = 4_000;

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly backoff = new Backoff();
  private pending: NodeJS.Timeout | undefined;
  /** Starts and stops happen one after another, whoever asks for them. */
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly status: Status,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  /** Starts the server, or starts it afresh. Never rejects: what went wrong is shown. */
  restart(): Promise<void> {
    this.backoff.forgive();
    if (this.client?.isRunning() === false) {
      // A server that hangs before it has answered cannot be asked to stop.
      this.client.serverProcess?.kill();
    }
    return this.inTurn(() => this.replace());
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.end());
  }

  /** The client once the server has answered; undefined when it is offline, which the user has then been told. */
  async ready(): Promise<LanguageClient | undefined> {
    await this.turn;
    return this.client?.isRunning() ? this.client : undefined;
  }

  async configurationChanged(event: vscode.ConfigurationChangeEvent): Promise<void> {
    if (event.affectsConfiguration("understudy.interpreter")) {
      await this.restart();
    } else if (event.affectsConfiguration("understudy")) {
      const client = await this.ready();
      await client?.sendNotification(DidChangeConfigurationNotification.type, {
        settings: currentSettings(),
      });
    }
  }

  dispose(): void {
    clearTimeout(this.pending);
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work).catch((error: unknown) => this.output.error(String(error)));
    return this.turn;
  }

  private async end(): Promise<void> {
    clearTimeout(this.pending);
    const client = this.client;
    this.client = undefined;
    if (client?.isRunning()) {
      await client.stop();
    }
  }

  /** A client whose start failed cannot be used again, so each start gets a new one. */
  private async replace(): Promise<void> {
    await this.end();
    this.status.starting();
    const found = currentCommand();
    if ("problem" in found) {
      this.offline(found.problem);
      return;
    }
    const stderr = { tail: "" };
    const client = this.createClient(found, stderr);
    this.client = client;
    try {
      await client.start();
      this.status.ready();
    } catch (error) {
      this.offline(explainFailure(found, stderr.tail, error));
    }
  }

  private createClient(found: Launch, stderr: { tail: string }): LanguageClient {
    const options: LanguageClientOptions = {
      documentSelector: LANGUAGES.flatMap((language) => [
        { scheme: "file", language },
        { scheme: "untitled", language },
        { notebook: "*", language },
      ]),
      outputChannel: this.output,
      initializationOptions: () => ({ settings: currentSettings(), trusted: vscode.workspace.isTrusted }),
      initializationFailedHandler: () => false,
      errorHandler: {
        error: (_error, _message, count) => ({
          action: (count ?? 0) <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown,
          handled: true,
        }),
        closed: () => {
          if (client.isRunning()) {
            this.crashed();
          }
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
      middleware: {
        provideInlineCompletionItems: (document, position, context, token, next) =>
          inlineCompletionEnabled(document)
            ? this.status.think(Promise.resolve(next(document, position, context, token)))
            : undefined,
      },
    };
    const client = new QuietClient(
      "understudy",
      "Understudy",
      {
        command: found.command,
        args: [...found.args, "serve"],
        // Not the workspace: `python -m` would import modules from there before anyone has trusted it.
        options: { cwd: homedir() },
      },
      {
        ...options,
        stdioOptions: {
          stdout: () => undefined,
          stderr: (stream, output) => {
            stream.setEncoding("utf8").on("data", (text: string) => {
              stderr.tail = (stderr.tail + text).slice(-STDERR_KEPT);
              output.info(text.trimEnd());
            });
          },
        },
      },
    );
    return client;
  }

  private crashed(): void {
    const pause = this.backoff.pauseAfterCrash(Date.now());
    if (pause === undefined) {
      this.offline("Understudy's server stopped too often within three minutes and stays stopped.");
      return;
    }
    this.status.offline(`Understudy's server stopped and starts again in ${pause / 1000} s.`);
    this.pending = setTimeout(() => void this.inTurn(() => this.replace()), pause);
  }

  private offline(reason: string): void {
    this.status.offline(reason);
    this.output.error(reason);
    void this.offerHelp(reason);
  }

  private async offerHelp(reason: string): Promise<void> {
    const actions = ["Restart server", "Open settings", "Show output"] as const;
    const chosen = await vscode.window.showErrorMessage(`Understudy is offline. ${reason}`, ...actions);
    if (chosen === "Restart server") {
      await this.restart();
    } else if (chosen === "Open settings") {
      await vscode.commands.executeCommand("workbench.action.openSettings", "understudy.interpreter");
    } else if (chosen === "Show output") {
      this.output.show();
    }
  }
}

/** Logs what the library would pop up: this extension says each thing once, in its own words. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** The command of the server and the doctor here and now. */
export function currentCommand(): ReturnType<typeof findCommand> {
  const folders = vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : [];
  return findCommand({
    interpreter: vscode.workspace.getConfiguration("understudy").get("interpreter", ""),
    folders: folders.map((folder) => folder.uri.fsPath),
    home: homedir(),
    searchPath: process.env.PATH ?? "",
    windows: process.platform === "win32",
    isFile: (file) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false,
  });
}

/** What the editor sets, as the server reads it. */
export function currentSettings(): ServerSettings {
  const configuration = vscode.workspace.getConfiguration("understudy");
  return serverSettings((name) => configuration.get(name));
}

function inlineCompletionEnabled(document: vscode.TextDocument): boolean {
  return vscode.workspace.getConfiguration("understudy", document).get("inlineCompletion.enabled", true);
}
