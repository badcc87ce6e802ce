/** When a crashed server may start again. Knows nothing of VS Code. */

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const CRASHES_FORGIVEN = 5;
const MEMORY_MS = 3 * 60_000;

export class Backoff {
  private crashes: number[] = [];

  /** Milliseconds to wait after a crash at `now`, doubling each time; undefined after too many within three minutes. */
  pauseAfterCrash(now: number): number | undefined {
    this.crashes = [...this.crashes.filter((crash) => now - crash < MEMORY_MS), now];
    if (this.crashes.length > CRASHES_FORGIVEN) {
      return undefined;
    }
    return Math.min(FIRST_PAUSE_MS * 2 ** (this.crashes.length - 1), LONGEST_PAUSE_MS);
  }

  forgive(): void {
    this.crashes = [];
  }
}
