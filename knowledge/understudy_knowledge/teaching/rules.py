"""Atomic rules: the general instructions taken apart, each rule measured alone, and those that harm or leak left out."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from attrs import evolve, frozen
from sqlglot import exp

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, Example, GeneralInstructions, Lift, Rule
from understudy_knowledge.memory.rules import columns_in, join_rule, rules_of, with_lines, without
from understudy_knowledge.memory.skeleton import family_of
from understudy_knowledge.memory.words import stems
from understudy_knowledge.models.embedded.plans import parse_code
from understudy_knowledge.teaching.together import Begin, together, unheard
from understudy_knowledge.teaching.workbench import Workbench

_SUPPORT = 2
"""Families of cases that must agree on a join."""
_MOST_TRIALS = 8
"""Attempts behind one rule's own lift: there are up to forty rules, and what enters prompts is measured as a whole besides."""


@frozen
class Ruled:
    """The instructions made of the rules that stand, and every rule with what was found out about it."""

    general: GeneralInstructions
    rules: tuple[Rule, ...]


async def rule_over(
    general: GeneralInstructions,
    cases: Sequence[Case],
    examples: Sequence[Example],
    own: Mapping[str, bool],
    forgotten: Collection[str],
    bench: Workbench,
    begin: Begin = unheard,
) -> Ruled:
    """Measure each rule alone on the examples that ask for it and that it was not made from.

    A rule that loses more than it gains leaves the instructions. One that changes nothing alone stays, for what enters
    prompts was measured together; but a join, which was not, must help alone. Raises BackendError.
    """
    stated = without(general, [rule for rule in rules_of(general) if rule.id in forgotten])
    families = {case.id: case.family for case in cases}
    joins = [rule for rule in _joins(cases, bench.catalog) if rule.id not in forgotten]
    stating = [*rules_of(stated), *joins]

    async def measured(rule: Rule) -> Rule:
        return await _measured(rule, examples, own, families, bench)

    rules = await together(bench.in_flight, stating, measured, begin(len(stating)))
    kept = without(stated, [rule for rule in rules if rule.status != "admitted"])
    helping = [rule for rule in rules if rule.kind == "join" and rule.status == "admitted"]
    return Ruled(with_lines(kept, helping), tuple(rules))


async def _measured(
    rule: Rule,
    examples: Sequence[Example],
    own: Mapping[str, bool],
    families: Mapping[str, str],
    bench: Workbench,
) -> Rule:
    made_from = {families[case_id] for case_id in rule.cases if case_id in families}
    asking = [
        example for example in examples if _asks(example, rule) and family_of(example) not in made_from
    ][:_MOST_TRIALS]
    if not asking:
        return rule
    alone = GeneralInstructions(rule.text, (rule.definition,) if rule.definition else ())

    async def trial(example: Example) -> tuple[bool, bool]:
        return (await bench.attempt(example, general=alone)).passed, own.get(example.id, False)

    trials = await together(bench.in_flight, asking, trial)
    count = len(trials)
    lift = Lift(sum(p for p, _ in trials) / count, sum(w for _, w in trials) / count, count)
    gained, lost = sum(p and not w for p, w in trials), sum(w and not p for p, w in trials)
    reason = f"alone it solves {gained} of {count} questions more and loses {lost}"
    if lift.value < 0:
        return evolve(rule, status="quarantined", reason=reason, lift=lift)
    if rule.kind == "join" and lift.value == 0:
        return evolve(rule, status="refused", reason=reason, lift=lift)
    return evolve(rule, status="admitted", reason=reason, lift=lift)


def _asks(example: Example, rule: Rule) -> bool:
    """Whether the question has the rule's words; of a join, whether the gold code touches both tables; free text is for all."""
    if rule.definition is not None:
        return set(rule.definition.phrase.split()) <= set(stems(example.question))
    if rule.kind == "join":
        words = set(example.gold.lower().replace(".", " ").split())
        return set(rule.lineage.tables) <= words
    return True


def _joins(cases: Sequence[Case], catalog: Catalog) -> list[Rule]:
    """The conditions that cases of several families join by and that no foreign key says."""
    users: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        for condition in sorted(_conditions(case)):
            users[condition].append(case)
    found = []
    for condition, same in sorted(users.items()):
        lineage = columns_in(condition)
        if len({case.family for case in same}) < _SUPPORT or _is_key(lineage.columns, catalog):
            continue
        left, right = lineage.tables
        found.append(join_rule(condition, left, right, tuple(case.id for case in same), lineage))
    return found


def _conditions(case: Case) -> set[str]:
    """Equalities between two tables in the ON clauses of the case's plan, whose columns are written `table.column`."""
    conditions = set()
    for step in case.plan.steps:
        codes = [hole.pinned or hole.filled for hole in step.holes] if step.clause == "from" else []
        for code in filter(None, codes):
            tree = parse_code(code)
            for join in tree.find_all(exp.Join) if tree is not None else ():
                on = join.args.get("on")
                for equality in on.find_all(exp.EQ) if on is not None else ():
                    sides = (equality.left, equality.right)
                    tables = {side.table for side in sides if isinstance(side, exp.Column) and side.table}
                    if len(tables) == 2:
                        conditions.add(
                            " = ".join(sorted(side.sql(dialect="sqlite").lower() for side in sides))
                        )
    return conditions


def _is_key(columns: Sequence[str], catalog: Catalog) -> bool:
    """Whether a foreign key between the two tables pairs these very columns."""
    (one, other) = (column.partition(".") for column in columns)
    for (table, _, column), (ref_table, _, ref_column) in ((one, other), (other, one)):
        known = catalog.table(table)
        for key in known.foreign_keys if known else ():
            pairs = zip(map(str.lower, key.columns), map(str.lower, key.ref_columns), strict=False)
            if key.ref_table.lower().rpartition(".")[2] == ref_table and (column, ref_column) in pairs:
                return True
    return False
