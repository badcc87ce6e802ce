"""The general instructions as atomic rules: how one reads as a line, which rules a text consists of, and the text without some."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator

from attrs import evolve

from understudy_knowledge.memory.records import Definition, GeneralInstructions, Lineage, Rule

_MARKS = "-*• "
_COLUMN = re.compile(r"\b[^\W\d]\w*\.[^\W\d]\w*\b")
"""What free text may name as `table.column`; where it names no table of the schema, nobody misses it."""


def sentence(item: Definition) -> str:
    """One definition as a line of instructions."""
    line = f"- “{item.said}” is {'computed as' if item.kind == 'metric' else 'the condition'} {item.code}"
    if item.conditions:
        line += f", only where {' AND '.join(item.conditions)}"
    return line + (f"; its periods are by {item.dated}" if item.dated else "")


def rules_of(general: GeneralInstructions) -> tuple[Rule, ...]:
    """One rule for each definition, else for each line of free text, none of them measured alone; they enter prompts together."""
    return tuple(_from_definitions(general.definitions) if general.definitions else _from_lines(general.text))


def join_rule(condition: str, left: str, right: str, cases: tuple[str, ...], lineage: Lineage) -> Rule:
    """The rule that two tables are joined by that condition, which no key of the schema says."""
    text = f"- {left} and {right} are joined by {condition}"
    return Rule(
        _hash("join", condition),
        "join",
        text,
        condition,
        cases,
        "refused",
        "not measured yet",
        lineage=lineage,
    )


def without(general: GeneralInstructions, dropped: Iterable[Rule]) -> GeneralInstructions:
    """The instructions without these rules' lines and definitions; empty where no rule is left."""
    gone = {rule.id: rule for rule in dropped}
    if not gone:
        return general
    lines = {rule.text for rule in gone.values()}
    definitions = tuple(item for item in general.definitions if definition_id(item) not in gone)
    kept = [
        line
        for line in general.text.splitlines()
        if line not in lines and _hash("text", _said(line)) not in gone
    ]
    if not any(_is_rule(line) for line in kept):
        return GeneralInstructions(generation=general.generation)
    return evolve(general, text="\n".join(kept), definitions=definitions)


def with_lines(general: GeneralInstructions, rules: Collection[Rule]) -> GeneralInstructions:
    """The instructions with these rules' lines at the end."""
    lines = [rule.text for rule in rules]
    return evolve(general, text="\n".join(filter(None, (general.text, *lines))))


def with_rules(general: GeneralInstructions, rules: Iterable[Rule]) -> GeneralInstructions:
    """The instructions with these rules' lines and definitions at the end: what `without` took out."""
    back = list(rules)
    defined = tuple(rule.definition for rule in back if rule.definition is not None)
    return evolve(with_lines(general, back), definitions=(*general.definitions, *defined))


def definition_id(item: Definition) -> str:
    """The id of the definition's rule: which words stand for which code, however many cases agree on it."""
    return _hash(item.kind, f"{item.phrase}\0{item.code}")


def columns_in(code: str) -> Lineage:
    """The tables and columns that an expression of a definition names, its columns being written `table.column`."""
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(code, read="sqlite")
    except Exception:  # sqlglot fails on odd input in many ways
        return Lineage()
    columns = {f"{each.table}.{each.name}".lower() for each in tree.find_all(exp.Column) if each.table}
    tables = {column.partition(".")[0] for column in columns} | {
        table.name.lower() for table in tree.find_all(exp.Table)
    }
    return Lineage(tuple(sorted(tables)), tuple(sorted(columns)))


def _from_definitions(definitions: Iterable[Definition]) -> Iterator[Rule]:
    for item in definitions:
        yield Rule(
            definition_id(item),
            item.kind,
            sentence(item),
            item.code,
            item.cases,
            "admitted",
            "it was measured together with the others only",
            lineage=_touched(item),
            definition=item,
        )


def _from_lines(text: str) -> Iterator[Rule]:
    for line in filter(_is_rule, text.splitlines()):
        rule_id = _hash("text", _said(line))
        yield Rule(
            rule_id,
            "text",
            line,
            "",
            (),
            "admitted",
            "it was measured together with the others only",
            lineage=Lineage(columns=tuple(sorted({name.lower() for name in _COLUMN.findall(line)}))),
        )


def _touched(item: Definition) -> Lineage:
    """What all of a definition names: its code, the conditions that go with it, and its date."""
    parts = [columns_in(code) for code in (item.code, *item.conditions, item.dated) if code]
    tables = {table for part in parts for table in part.tables}
    return Lineage(
        tuple(sorted(tables)), tuple(sorted({column for part in parts for column in part.columns}))
    )


def _is_rule(line: str) -> bool:
    """Whether a line says something; one that ends in a colon only announces what follows."""
    return bool(_said(line)) and not line.rstrip().endswith(":")


def _said(line: str) -> str:
    return " ".join(line.strip(_MARKS).split()).lower()


def _hash(kind: str, what: str) -> str:
    return hashlib.sha256(f"{kind}\0{what}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
