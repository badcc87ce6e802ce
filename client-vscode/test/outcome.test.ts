import assert from "node:assert/strict";
import { test } from "node:test";
import { howFar, type Outcome, readOutcome, sentence } from "../src/outcome";

const done: Outcome = {
  status: "done",
  message: "",
  tried: 12,
  admitted: 7,
  refused: 5,
  held_out: { n: 8, before: 3, after: 6 },
  report: "/shop/.understudy/runs/1/report.html",
};

test("the figures are said, with the student before and after", () => {
  assert.equal(
    sentence(done),
    "Understudy tried 12 examples, admitted 7, refused 5. On 8 held-out examples the student went from 3 to 6 passed.",
  );
});

test("no effect is claimed where nothing was held out", () => {
  const outcome = { ...done, tried: 1, held_out: { n: 0, before: 0, after: 0 } };
  assert.equal(sentence(outcome), "Understudy tried 1 example, admitted 7, refused 5.");
});

test("stopping keeps what was admitted; failing says why", () => {
  assert.equal(
    sentence({ ...done, status: "cancelled" }),
    "Understudy stopped teaching; so far it tried 12 examples, admitted 7, refused 5. What was admitted is kept.",
  );
  assert.equal(
    sentence({ ...done, status: "failed", message: "no example was found." }),
    "Understudy could not teach: no example was found.",
  );
});

test("an answer of another shape is refused", () => {
  assert.deepEqual(readOutcome(done), done);
  for (const answer of [null, "done", {}, { ...done, tried: "12" }, { ...done, held_out: undefined }]) {
    assert.throws(() => readOutcome(answer), /not understood/);
  }
});

test("progress is read from the message, else from the percentage", () => {
  assert.equal(howFar("3/12 Which 5/8 inch parts are sold out?", 25), "3/12");
  assert.equal(howFar("Which 5/8 inch parts are sold out? 3/12", 25), "3/12");
  assert.equal(howFar("Which 5/8 inch parts are sold out?", 25), "25%");
  assert.equal(howFar("looking for examples", 41.7), "42%");
  assert.equal(howFar(undefined, undefined), undefined);
});
