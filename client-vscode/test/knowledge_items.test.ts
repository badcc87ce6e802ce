import assert from "node:assert/strict";
import { test } from "node:test";
import { type Case, casesOf, countAdmitted, items, type Knowledge, type Node } from "../src/knowledge_items";

function lesson(id: string, status = "admitted"): Case {
  return {
    id,
    question: `Question ${id}`,
    status,
    reason: "it solves 2 of 5 siblings more",
    lift: status === "admitted" ? { value: 0.4, with_lesson: 0.6, without: 0.2, n: 5 } : null,
    path: "queries/a.sql",
    line: 3,
    accepted: 1,
  };
}

function node(path: string[], children: Node[], cases: Case[] = []): Node {
  return { path, lift: 0.4, count: 1, instruction: "", children, cases };
}

const tree = node(["sql"], [node(["sql", "join"], [node(["sql", "join", "orders"], [], [lesson("a")])])]);
const empty: Knowledge = { tree: [], rules: [], aside: {} };

test("nothing learned is an empty tree, so that the welcome is shown", () => {
  assert.deepEqual(items({ ...empty, aside: { refused: [] } }), []);
});

test("one language is no level of its own; two are", () => {
  assert.deepEqual(
    items({ ...empty, tree: [tree] }).map((item) => item.label),
    ["join"],
  );
  const python = node(["python"], []);
  assert.deepEqual(
    items({ ...empty, tree: [tree, { ...python, children: tree.children }] }).map((item) => item.label),
    ["SQL", "Python"],
  );
});

test("a case says its lift, on how many siblings, and where it comes from", () => {
  const found = items({ ...empty, tree: [tree] })[0]?.children[0]?.children[0];
  assert.ok(found);
  assert.equal(found.label, "+0.40 Question a");
  assert.match(found.tooltip, /\+0\.40 on 5 siblings: 1 pass without it, 3 with it/);
  assert.match(found.tooltip, /From queries\/a\.sql:3/);
  assert.match(found.tooltip, /Accepted 1 time in the editor/);
});

test("what is not in use stands below, by the reason, and in the palette after what is", () => {
  const knowledge = {
    ...empty,
    tree: [tree],
    aside: { refused: [lesson("r", "refused")], quarantined: [lesson("q", "quarantined")] },
  };
  const top = items(knowledge);
  assert.deepEqual(
    top.map((item) => item.label),
    ["join", "Waiting to be measured", "Refused"],
  );
  assert.deepEqual(
    casesOf(top).map((each) => each.id),
    ["a", "q", "r"],
  );
  assert.equal(countAdmitted(knowledge), 1);
});
