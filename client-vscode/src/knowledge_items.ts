/** What was learned, as the server tells it, made into the items of a tree. Knows nothing of VS Code. */

export interface Lift {
  readonly value: number;
  readonly with_lesson: number;
  readonly without: number;
  /** Siblings. */
  readonly n: number;
}

export interface Case {
  readonly id: string;
  readonly question: string;
  readonly status: string;
  readonly reason: string;
  readonly lift: Lift | null;
  /** Relative to the workspace folder, with forward slashes. */
  readonly path: string;
  readonly line: number;
  readonly accepted: number;
}

export interface Rule {
  readonly id: string;
  readonly text: string;
  readonly status: string;
  readonly reason: string;
  readonly lift: Lift | null;
}

export interface Node {
  readonly path: readonly string[];
  readonly lift: number | null;
  readonly count: number;
  readonly instruction: string;
  readonly children: readonly Node[];
  readonly cases: readonly Case[];
}

/** The answer to `understudy/knowledge`. */
export interface Knowledge {
  readonly tree: readonly Node[];
  readonly rules: readonly Rule[];
  readonly aside: Readonly<Record<string, readonly Case[]>>;
}

export type Kind = "group" | "case" | "rule";

export interface Item {
  readonly kind: Kind;
  /** Unique in the tree, and the same from one refresh to the next. */
  readonly key: string;
  readonly label: string;
  /** What stands beside the label. */
  readonly detail: string;
  readonly icon: string;
  readonly tooltip: string;
  readonly children: readonly Item[];
  readonly open: boolean;
  readonly case?: Case;
  readonly rule?: Rule;
}

const LANGUAGES: Readonly<Record<string, string>> = { sql: "SQL", python: "Python" };
const ASIDE: readonly (readonly [status: string, label: string, icon: string])[] = [
  ["quarantined", "Waiting to be measured", "watch"],
  ["stale", "Stale", "history"],
  ["refused", "Refused", "circle-slash"],
];

/** The tree's topmost items: nothing where nothing was learned. One language alone is no level of its own. */
export function items(knowledge: Knowledge): Item[] {
  const [only, ...others] = knowledge.tree;
  const skills =
    only !== undefined && others.length === 0 ? only.children.map(branch) : knowledge.tree.map(branch);
  const rules = knowledge.rules.map(leafOfRule);
  const aside = ASIDE.map(([status, label, icon]) =>
    group(status, label, icon, (knowledge.aside[status] ?? []).map(leaf)),
  );
  return [
    group("general", "General instructions", "book", rules),
    ...skills,
    ...aside.filter((each) => each.children.length > 0),
  ].filter((each) => each.children.length > 0);
}

/** Every case of the tree, those in use first. */
export function casesOf(all: readonly Item[]): Case[] {
  return all.flatMap((item) => [...(item.case === undefined ? [] : [item.case]), ...casesOf(item.children)]);
}

export function countAdmitted(knowledge: Knowledge): number {
  return knowledge.tree.reduce((sum, node) => sum + node.count, 0);
}

function branch(node: Node): Item {
  const name = node.path.at(-1) ?? "";
  const icon = ["symbol-namespace", "symbol-structure", "symbol-field"][node.path.length - 1] ?? "folder";
  const mean = node.lift === null ? "" : `${signed(node.lift)} · `;
  return {
    kind: "group",
    key: node.path.join("/"),
    label: node.path.length === 1 ? (LANGUAGES[name] ?? name) : name,
    detail: `${mean}${plural(node.count, "case")}`,
    icon,
    tooltip: [`Mean lift and number of cases in use`, node.instruction].join("\n").trim(),
    children: [...node.children.map(branch), ...node.cases.map(leaf)],
    open: node.path.length === 1,
  };
}

function leaf(each: Case): Item {
  const worth =
    each.lift === null
      ? "not measured"
      : `${signed(each.lift.value)} on ${plural(each.lift.n, "sibling")}: ` +
        `${passed(each.lift.without, each.lift.n)} pass without it, ${passed(each.lift.with_lesson, each.lift.n)} with it`;
  return {
    kind: "case",
    key: each.id,
    // In front, because the side bar cuts off what stands behind a long question.
    label: each.lift === null ? each.question : `${signed(each.lift.value)} ${each.question}`,
    detail: "",
    icon: each.status === "admitted" ? "pass" : "circle-outline",
    tooltip: [
      each.question,
      `Lift: ${worth}`,
      `${capitalized(each.status)}: ${each.reason}`,
      `From ${each.path}:${each.line}`,
      ...(each.accepted > 0 ? [`Accepted ${plural(each.accepted, "time")} in the editor`] : []),
    ].join("\n"),
    children: [],
    open: false,
    case: each,
  };
}

function leafOfRule(rule: Rule): Item {
  return {
    kind: "rule",
    key: rule.id,
    label: rule.text,
    detail: rule.lift === null ? rule.status : `${signed(rule.lift.value)} ${rule.status}`,
    icon: rule.status === "admitted" ? "law" : "circle-outline",
    tooltip: `${rule.text}\n${capitalized(rule.status)}: ${rule.reason}`,
    children: [],
    open: false,
    rule,
  };
}

function group(key: string, label: string, icon: string, children: readonly Item[]): Item {
  return {
    kind: "group",
    key,
    label,
    detail: String(children.length),
    icon,
    tooltip: "",
    children,
    open: false,
  };
}

export function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

function passed(rate: number, n: number): number {
  return Math.round(rate * n);
}

function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
