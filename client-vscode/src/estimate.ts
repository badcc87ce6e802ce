/** What teaching would take, in words, before it begins. Knows nothing of VS Code. */

/** The server's answer to `understudy.estimate`: what the run takes at most. */
export interface Estimate {
  readonly examples: number;
  /** Of the teacher. */
  readonly calls: number;
  /** Of the teacher; 0 where asking it costs nothing, as with the embedded one. */
  readonly tokens: number;
  /** By the prices in the project's settings; null where there are none. */
  readonly money: number | null;
}

/** The server's answer, checked; undefined where it cannot say. */
export function readEstimate(answer: unknown): Estimate | undefined {
  if (typeof answer !== "object" || answer === null) {
    return undefined;
  }
  const { examples, calls, tokens, money } = answer as Record<string, unknown>;
  const counted = [examples, calls, tokens].every((each) => Number.isSafeInteger(each) && Number(each) >= 0);
  return counted && (money === null || Number.isFinite(money)) ? (answer as Estimate) : undefined;
}

/** Whether someone may have to pay for it, so that it does not begin unasked. */
export function isPaid(estimate: Estimate): boolean {
  return estimate.calls > 0 && (estimate.tokens > 0 || (estimate.money ?? 0) > 0);
}

/** "39 examples; the teacher is asked at most 117 times, …": one line. */
export function cost(estimate: Estimate): string {
  const examples = counted(estimate.examples, "example");
  const asked = `the teacher is asked at most ${counted(estimate.calls, "time")}`;
  if (!isPaid(estimate)) {
    return `${examples}; ${asked}, at no cost`;
  }
  const tokens = `about ${counted(rounded(estimate.tokens), "token")}`;
  const money =
    estimate.money === null
      ? "What they cost is not known: no prices are set."
      : `By the prices that are set they cost at most ${estimate.money.toFixed(2)}.`;
  return `${examples}; ${asked}, with ${tokens} in all. ${money}`;
}

function counted(n: number, noun: string): string {
  return `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}

/** To two digits: more of them would promise what an estimate cannot hold. Upward, as it is the most there may be. */
function rounded(n: number): number {
  const step = 10 ** Math.max(Math.floor(Math.log10(Math.max(n, 1))) - 1, 0);
  return Math.ceil(n / step) * step;
}
