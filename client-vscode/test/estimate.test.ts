import assert from "node:assert/strict";
import { test } from "node:test";
import { cost, isPaid, readEstimate } from "../src/estimate";

const PAID = { examples: 39, calls: 117, tokens: 231_456, money: 1.2 };

test("what teaching costs is said in examples, calls, tokens and money", () => {
  assert.equal(
    cost(PAID),
    "39 examples; the teacher is asked at most 117 times, with about 240,000 tokens in all. " +
      "By the prices that are set they cost at most 1.20.",
  );
  assert.match(cost({ ...PAID, money: null }), /What they cost is not known: no prices are set\.$/);
  assert.match(cost({ ...PAID, examples: 1, calls: 1 }), /^1 example; the teacher is asked at most 1 time, /);
});

test("a teacher that takes no tokens costs nothing, and nobody is asked", () => {
  const free = { ...PAID, tokens: 0, money: null };
  assert.equal(isPaid(free), false);
  assert.equal(isPaid({ ...PAID, calls: 0 }), false);
  assert.equal(isPaid(PAID), true);
  assert.equal(cost(free), "39 examples; the teacher is asked at most 117 times, at no cost");
});

test("an answer that is no estimate counts for none", () => {
  assert.deepEqual(readEstimate(PAID), PAID);
  assert.deepEqual(readEstimate({ ...PAID, money: null }), { ...PAID, money: null });
  for (const answer of [
    undefined,
    null,
    { message: "nothing is known" },
    { ...PAID, calls: "many" },
    { ...PAID, tokens: -1 },
    { ...PAID, money: undefined },
  ]) {
    assert.equal(readEstimate(answer), undefined);
  }
});
