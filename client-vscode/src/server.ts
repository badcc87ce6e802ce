/** The life of the language server: found, started, told of settings, started again after a crash. */

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
import { explainFailure, type Launch, type Problem } from "./command";
import type { Interpreter } from "./interpreter";
import { type ServerSettings, serverSettings } from "./settings";
import type { Status, StudentStatus } from "./status";

const LANGUAGES = ["sql", "python"];
const STDERR_KEPT = 4_000;
/** How long the status bar says why there was no suggestion. Milliseconds. */
const UNSAID_SHOWN_MS = 8_000;
/** Commands of the server after which other things are known than before. */
const CHANGING = ["understudy.forget", "understudy.edit", "understudy.verify"];

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly backoff = new Backoff();
  private pending: NodeJS.Timeout | undefined;
  /** Starts and stops happen one after another, whoever asks for them. */
  private turn: Promise<void> = Promise.resolve();
  private readonly answered = new vscode.EventEmitter<undefined>();
  /** Fires when a server has answered, and when a command of it has changed what was learned. */
  readonly onDidLearn = this.answered.event;
  /** How often a start was asked for: one that another start has ended did not fail. */
  private asked = 0;
  /** Whether the server that starts next takes the place of one that stopped by itself. */
  private fell = false;

  constructor(
    private readonly status: Status,
    private readonly output: vscode.LogOutputChannel,
    private readonly interpreter: Interpreter,
  ) {}

  /** Starts the server, or starts it afresh. Never rejects: what went wrong is shown. */
  restart(): Promise<void> {
    this.backoff.forgive();
    this.asked += 1;
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
    const asked = this.asked;
    this.status.starting();
    const found = await this.interpreter.command();
    if ("problem" in found) {
      this.offline(found);
      return;
    }
    const stderr = { tail: "" };
    const client = this.createClient(found, stderr);
    this.client = client;
    try {
      await client.start();
      this.status.ready();
      this.answered.fire(undefined);
      this.sayItIsBack();
    } catch (error) {
      if (asked === this.asked) {
        this.offline(explainFailure(found, stderr.tail, error));
      }
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
        executeCommand: async (command, args, next) => {
          if (command === "understudy.distill") {
            // From the light bulb: with the same progress and the same Cancel as from the palette.
            return vscode.commands.executeCommand("understudy.teach", args[0]);
          }
          const answer: unknown = await next(command, args);
          if (CHANGING.includes(command)) {
            this.answered.fire(undefined);
          }
          return answer;
        },
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
    client.onNotification("understudy/student", (student: StudentStatus) =>
      this.status.studentChanged(student),
    );
    client.onNotification("understudy/unsaid", ({ reason }: { reason: string }) => {
      vscode.window.setStatusBarMessage(`$(circle-slash) No suggestion: ${reason}`, UNSAID_SHOWN_MS);
    });
    return client;
  }

  private crashed(): void {
    const pause = this.backoff.pauseAfterCrash(Date.now());
    if (pause === undefined) {
      this.offline({
        problem: "Understudy's server stopped too often within three minutes and stays stopped.",
        missing: false,
      });
      return;
    }
    this.fell = true;
    this.status.offline(`Understudy's server stopped and starts again in ${pause / 1000} s.`);
    this.pending = setTimeout(() => void this.inTurn(() => this.replace()), pause);
  }

  /** Once it works again, not while it may fall again: one word for the whole mishap. */
  private sayItIsBack(): void {
    if (!this.fell) {
      return;
    }
    this.fell = false;
    const show = "Show output";
    void vscode.window
      .showInformationMessage("Understudy's server stopped unexpectedly and was started again.", show)
      .then((chosen) => (chosen === show ? this.output.show() : undefined));
  }

  private offline({ problem, missing }: Problem): void {
    this.fell = false;
    this.status.offline(problem);
    this.output.error(problem);
    void this.offerHelp(problem, missing);
  }

  private async offerHelp(reason: string, missing: boolean): Promise<void> {
    const create = "Create environment";
    const restart = "Restart server";
    const settings = "Open settings";
    const output = "Show output";
    const chosen = await vscode.window.showErrorMessage(
      `Understudy is offline. ${reason}`,
      missing ? create : restart,
      settings,
      output,
    );
    if (chosen === create) {
      await vscode.commands.executeCommand("understudy.createEnvironment");
    } else if (chosen === restart) {
      await this.restart();
    } else if (chosen === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "understudy.interpreter");
    } else if (chosen === output) {
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

/** What the editor sets, as the server reads it. */
export function currentSettings(): ServerSettings {
  const configuration = vscode.workspace.getConfiguration("understudy");
  return serverSettings((name) => configuration.get(name));
}

function inlineCompletionEnabled(document: vscode.TextDocument): boolean {
  return vscode.workspace.getConfiguration("understudy", document).get("inlineCompletion.enabled", true);
}
