/** Which command the server and the doctor run, here and now, and the environment for it where there is none. */

import { statSync } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { findCommand, type Launch, type Problem } from "./command";
import {
  type Environment,
  environmentIn,
  makeEnvironment,
  pythonNames,
  pythonSteps,
  suitablePython,
  wheelIn,
} from "./environment";

/** What we use of the API of the Python extension, `ms-python.python`. */
interface PythonApi {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(
      environment: object,
    ): Promise<{ readonly executable: { readonly uri?: vscode.Uri } } | undefined>;
  };
}

export class Interpreter {
  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  /** The command, or why there is none. In a restricted workspace neither its files nor what it chose are executed. */
  async command(): Promise<Launch | Problem> {
    const trusted = vscode.workspace.isTrusted;
    const folders = trusted ? (vscode.workspace.workspaceFolders ?? []) : [];
    return findCommand({
      interpreter: vscode.workspace.getConfiguration("understudy").get("interpreter", ""),
      folders: folders.map((folder) => folder.uri.fsPath),
      chosenPython: trusted ? await this.chosenPython() : undefined,
      ownPython: (await this.own())?.python,
      home: homedir(),
      searchPath: process.env.PATH ?? "",
      windows: process.platform === "win32",
      isFile,
    });
  }

  /** Makes the extension's own environment after the user has agreed; whether there is one now. */
  async create(): Promise<boolean> {
    const wheel = await this.wheel();
    if (wheel === undefined) {
      void vscode.window.showErrorMessage(
        "This build of the extension brings no server. Install the Python package understudy, and set understudy.interpreter.",
      );
      return false;
    }
    const found = await suitablePython(await this.candidates());
    if (found.python === undefined) {
      void vscode.window.showErrorMessage(pythonSteps(found.tooOld, process.platform));
      return false;
    }
    const agree = "Create environment";
    const named = vscode.workspace.getConfiguration("understudy").get("interpreter", "").trim();
    const setting = named === "" ? "" : ` The setting understudy.interpreter, now ${named}, is cleared.`;
    const answer = await vscode.window.showInformationMessage(
      "Create a Python environment for Understudy?",
      {
        modal: true,
        detail:
          `${found.python} makes it in ${this.storage}. The server comes with this extension; the packages it needs, ` +
          `about 300 MB on disk, are downloaded with pip.${setting} Nothing else on this machine changes.`,
      },
      agree,
    );
    if (answer !== agree || !(await this.make(found.python, wheel))) {
      return false;
    }
    await clearInterpreter();
    return true;
  }

  /** Offers a new server where the environment has that of another version of the extension. */
  async offerUpdate(): Promise<boolean> {
    if ((await this.own())?.current !== false) {
      return false;
    }
    const update = "Update";
    const answer = await vscode.window.showInformationMessage(
      "Understudy's environment has the server of another version of the extension.",
      update,
    );
    return answer === update && (await this.create());
  }

  private async make(python: string, wheel: string): Promise<boolean> {
    const stop = new AbortController();
    try {
      await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: "Understudy: creating its Python environment",
          cancellable: true,
        },
        (progress, cancellation) => {
          cancellation.onCancellationRequested(() => stop.abort());
          return makeEnvironment(python, this.storage, wheel, {
            signal: stop.signal,
            say: (stage) => progress.report({ message: `${stage}…` }),
            log: (text) => this.output.info(text),
          });
        },
      );
      return true;
    } catch (error) {
      if (!stop.signal.aborted) {
        void vscode.window.showErrorMessage(
          `Understudy could not create its environment: ${(error as Error).message}`,
        );
      }
      return false;
    }
  }

  private get storage(): string {
    return this.context.globalStorageUri.fsPath;
  }

  private async own(): Promise<Environment | undefined> {
    const wheel = await this.wheel();
    return wheel === undefined ? undefined : environmentIn(this.storage, wheel);
  }

  private wheel(): Promise<string | undefined> {
    return wheelIn(path.join(this.context.extensionPath, "dist", "wheel"));
  }

  private async candidates(): Promise<string[]> {
    const chosen = vscode.workspace.isTrusted ? await this.chosenPython() : undefined;
    const folders = (process.env.PATH ?? "")
      .split(path.delimiter)
      .filter((folder) => path.isAbsolute(folder));
    const onPath = pythonNames(process.platform === "win32").flatMap((name) =>
      folders.map((folder) => path.join(folder, name)).filter(isFile),
    );
    return [...(chosen === undefined ? [] : [chosen]), ...onPath];
  }

  private async chosenPython(): Promise<string | undefined> {
    try {
      const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
      const environments = (await extension?.activate())?.environments;
      const active = environments?.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri);
      const resolved = active && (await environments?.resolveEnvironment(active));
      return resolved?.executable.uri?.fsPath;
    } catch (error) {
      this.output.debug(`The Python extension did not say which interpreter it uses: ${String(error)}`);
      return undefined;
    }
  }
}

/** It would go before the environment that the user has just asked for. */
async function clearInterpreter(): Promise<void> {
  const configuration = vscode.workspace.getConfiguration("understudy");
  const { Global, Workspace } = vscode.ConfigurationTarget;
  const set = configuration.inspect<string>("interpreter");
  if (set?.workspaceValue !== undefined) {
    await configuration.update("interpreter", undefined, Workspace);
  }
  if (set?.globalValue !== undefined) {
    await configuration.update("interpreter", undefined, Global);
  }
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
