/** What came of teaching, in words. Knows nothing of VS Code. */

/** The server's answer to `understudy.distill`. */
export interface Outcome {
  readonly status: "done" | "cancelled" | "failed";
  readonly message: string;
  readonly tried: number;
  readonly admitted: number;
  readonly refused: number;
  /** Siblings no lesson was made from: how many, and how many of them the student passes before and after. */
  readonly held_out: { readonly n: number; readonly before: number; readonly after: number };
  readonly report: string | null;
}

export function sentence(outcome: Outcome): string {
  if (outcome.status === "failed") {
    return `Understudy could not teach: ${outcome.message}`;
  }
  const figures = `tried ${count(outcome.tried, "example")}, admitted ${outcome.admitted}, refused ${outcome.refused}.`;
  if (outcome.status === "cancelled") {
    return `Understudy stopped teaching; so far it ${figures} What was admitted is kept.`;
  }
  const { n, before, after } = outcome.held_out;
  const effect =
    n > 0 ? ` On ${count(n, "held-out example")} the student went from ${before} to ${after} passed.` : "";
  return `Understudy ${figures}${effect}`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/**
 * "n/m" from the beginning or the end of a progress message or, failing that, its percentage; undefined when it says
 * neither. Only there, because between them stands an example's question, which may hold such figures of its own.
 */
export function howFar(message: string | undefined, percentage: number | undefined): string | undefined {
  const counted = /^\d+\/\d+\b|\b\d+\/\d+$/.exec(message ?? "");
  if (counted !== null) {
    return counted[0];
  }
  return percentage === undefined ? undefined : `${Math.round(percentage)}%`;
}

/** The server's answer, checked; throws an Error with a sentence when it is not an outcome. */
export function readOutcome(answer: unknown): Outcome {
  if (!isOutcome(answer)) {
    throw new Error(
      "the server's answer was not understood; the extension and the server may be of different versions.",
    );
  }
  return answer;
}

function isOutcome(answer: unknown): answer is Outcome {
  if (!isRecord(answer) || !isRecord(answer.held_out)) {
    return false;
  }
  const { status, message, tried, admitted, refused, held_out, report } = answer;
  const { n, before, after } = held_out;
  return (
    ["done", "cancelled", "failed"].includes(String(status)) &&
    typeof message === "string" &&
    [tried, admitted, refused, n, before, after].every(Number.isFinite) &&
    (report === null || typeof report === "string")
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
