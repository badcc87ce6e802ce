/** The status bar item: what the server is doing, in a word. */

import * as vscode from "vscode";

/** Completions are usually faster than this; showing each would flicker. Milliseconds. */
const THINKING_DELAY_MS = 200;

/** What the server says of the student, in `understudy/student`; `away`: the embedded student stands in for it. */
export interface StudentStatus {
  state: "ready" | "trouble" | "away";
  model: string;
  message: string;
}

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    "understudy.status",
    vscode.StatusBarAlignment.Right,
    100,
  );
  private server: "starting" | "ready" | "offline" = "starting";
  private offlineReason = "";
  private student: StudentStatus | undefined;
  private requests = 0;
  private thinking = false;
  private teaching: string | undefined;

  constructor() {
    this.item.name = "Understudy";
    this.draw();
    this.item.show();
  }

  starting(): void {
    this.server = "starting";
    this.student = undefined;
    this.draw();
  }

  ready(): void {
    this.server = "ready";
    this.draw();
  }

  offline(reason: string): void {
    this.server = "offline";
    this.offlineReason = reason;
    this.draw();
  }

  studentChanged(student: StudentStatus): void {
    this.student = student;
    this.draw();
  }

  /** `progress` is "n/m", or "" before the first count; undefined when teaching is over. */
  teach(progress: string | undefined): void {
    this.teaching = progress;
    this.draw();
  }

  /** Shows "thinking" while `work` lasts, if it lasts. */
  async think<T>(work: PromiseLike<T>): Promise<T> {
    this.requests += 1;
    const timer = setTimeout(() => this.setThinking(true), THINKING_DELAY_MS);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      this.requests -= 1;
      if (this.requests === 0) {
        this.setThinking(false);
      }
    }
  }

  dispose(): void {
    this.item.dispose();
  }

  private setThinking(thinking: boolean): void {
    if (this.thinking !== thinking) {
      this.thinking = thinking;
      this.draw();
    }
  }

  /** What is going on, for the menu. */
  get now(): { readonly sentence: string; readonly offline: boolean; readonly teaching: boolean } {
    return {
      sentence: this.words()[1],
      offline: this.server === "offline",
      teaching: this.teaching !== undefined,
    };
  }

  private draw(): void {
    const [text, sentence] = this.words();
    this.item.text = text;
    this.item.tooltip = `${sentence} Click for what can be done.`;
    this.item.command = "understudy.showMenu";
    this.item.accessibilityInformation = { label: this.item.tooltip, role: "button" };
    this.item.backgroundColor =
      this.server === "offline" ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
  }

  private words(): readonly [text: string, sentence: string] {
    if (this.server === "offline") {
      return ["$(debug-disconnect) Understudy: offline", this.offlineReason];
    }
    if (this.server === "starting") {
      return ["$(sync~spin) Understudy: starting", "Understudy's server is starting."];
    }
    if (this.teaching !== undefined) {
      return [
        `$(mortar-board) Understudy: teaching ${this.teaching}`.trim(),
        "Understudy is learning from this project.",
      ];
    }
    if (this.thinking) {
      return ["$(sync~spin) Understudy: thinking", "The student is completing."];
    }
    if (this.student?.state === "away") {
      return [
        "$(warning) Understudy: embedded",
        `${this.student.message}. Until it is back, the embedded student completes.`,
      ];
    }
    const trouble = this.student?.message ? ` ${this.student.message}.` : "";
    const model = this.student?.model ? ` The student is ${this.student.model}.` : "";
    return ["$(mortar-board) Understudy: ready", `Understudy is ready.${model}${trouble}`];
  }
}
