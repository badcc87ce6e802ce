import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../src/backoff";

test("pauses double, and the sixth crash within three minutes is the last", () => {
  const backoff = new Backoff();
  const pauses = [0, 1, 2, 3, 4, 5].map((crash) => backoff.pauseAfterCrash(crash));
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, undefined]);
});

test("old crashes are forgotten, and all are when the user restarts", () => {
  const backoff = new Backoff();
  backoff.pauseAfterCrash(0);
  backoff.pauseAfterCrash(1);
  assert.equal(backoff.pauseAfterCrash(4 * 60_000), 1_000);
  backoff.forgive();
  assert.equal(backoff.pauseAfterCrash(4 * 60_000 + 1), 1_000);
});
