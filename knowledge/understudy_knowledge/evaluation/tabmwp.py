"""Reads TabMWP as its authors publish it (Lu et al., "Dynamic Prompt Learning via Policy Gradient", ICLR 2023).

`problems_train.json`, `problems_dev.json`, `problems_test.json`: objects by problem id of {question, choices, answer, unit,
table_title, table_for_pd, solution, ques_type, ans_type, grade}, in the folder or its `tabmwp/`. The gold program is made of the
arithmetic that the solution writes out; where that does not come to the answer, the gold only states it and teaches nothing.
"""

import ast
import hashlib
import operator
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

from attrs import define, field

from understudy_knowledge.evaluation.items import Dataset, Item, Reader
from understudy_knowledge.evaluation.table_setup import table_setup
from understudy_knowledge.evaluation.tables import TextTable, typed, write_tables
from understudy_knowledge.evaluation.taking import Taking, UnusableError, as_object, members, text_of
from understudy_knowledge.execution.inputs import Inputs
from understudy_knowledge.memory.records import Example, Origin

_SPLITS = {"problems_train": "train", "problems_dev": "valid", "problems_test": "test"}
_TABLES_A_FILE = 100
_EQUATION = re.compile(
    r"^\s*([\d.,$ +\-\u2013\u2212\u00d7*\u00f7/()]+?)\s*=\s*\$?(-?[\d,]+(?:\.\d+)?)\s*\.?\s*$"
)
_SIGNS = str.maketrans({"\u00d7": "*", "\u00f7": "/", "\u2013": "-", "\u2212": "-", "$": "", ",": ""})
_OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def is_tabmwp(folder: Path) -> bool:
    """Whether such files lie in the folder or its `tabmwp/`."""
    return any(_files(folder))


def read_tabmwp(folder: Path, scratch: Path, reader: Reader) -> Dataset:
    """Its items; the tables are written to SQLite files below `scratch`. Raises DataSourceError."""
    taking, digest = Taking(reader), hashlib.sha256()
    shelf = _Shelf(scratch / f"{folder.name}-tables")
    for path in _files(folder):
        raw = path.read_bytes()
        digest.update(raw)
        shown = f"{folder.name}/{path.relative_to(folder).as_posix()}"
        try:
            for line, name, value in members(raw.decode("utf-8", "replace")):
                origin = Origin(shown, line, kind="dataset")
                split = _SPLITS[path.stem]
                taking.take(str(origin), f"tabmwp-{name}", partial(_item, name, value, origin, split, shelf))
        except UnusableError as error:
            taking.refuse(shown, "", error)
    shelf.write()
    return Dataset(folder.name, tuple(taking.items), tuple(taking.refused), digest.hexdigest())


@define
class _Shelf:
    """Tables that are yet to be written, some to a file."""

    folder: Path
    tables: dict[str, list[TextTable]] = field(factory=dict)
    placed: int = 0

    def place(self, table: TextTable) -> str:
        """The name of the file that the table will lie in."""
        name = f"tables-{self.placed // _TABLES_A_FILE}.sqlite"
        self.tables.setdefault(name, []).append(table)
        self.placed += 1
        return name

    def write(self) -> None:
        for name, tables in self.tables.items():
            write_tables(self.folder / name, tables)


def _files(folder: Path) -> Iterator[Path]:
    for name in _SPLITS:
        for path in (folder / f"{name}.json", folder / "tabmwp" / f"{name}.json"):
            if path.is_file():
                yield path


def _item(name: str, value: object, origin: Origin, split: str, shelf: _Shelf) -> Item:
    fields = as_object(value)
    columns = fields.get("table_for_pd")
    if not isinstance(columns, dict) or not columns:
        raise UnusableError("it has no table_for_pd", "missing-field")
    question, answer = text_of(fields, "question"), text_of(fields, "answer")
    code = _program(str(fields.get("solution") or ""), answer)
    cells = [list(map(_cell, column)) for column in columns.values() if isinstance(column, list)]
    rows = [
        [column[at] if at < len(column) else None for column in cells]
        for at in range(max(map(len, cells), default=0))
    ]
    table = f"t_{re.sub(r'[^0-9A-Za-z]', '_', name)}"
    file = shelf.place(TextTable(table, list(map(str, columns)), rows))
    choices = fields.get("choices")
    asked = f"{question}\nOne of: {', '.join(map(str, choices))}." if isinstance(choices, list) else question
    example = Example(
        id=f"tabmwp-{name}",
        question=asked,
        gold=code or f"answer = {typed(answer.replace(',', ''))!r}",
        origin=origin,
        dialect="python",
        language="python",
    )
    return Item(
        example,
        "table-math",
        "TabMWP",
        split if code else ("test" if split == "train" else split),
        file,
        table,
        table_setup(file, table),
        Inputs(shelf.folder, (file,)),
        difficulty=f"grade {fields['grade']}" if fields.get("grade") else "",
        answer_only=not code,
    )


def _cell(value: object) -> str | None:
    return None if value is None else str(value)


def _program(solution: str, answer: str) -> str:
    """The solution's equations as steps, each in terms of the ones before; empty where they do not come to the answer."""
    wanted = typed(answer.replace(",", ""))
    results: dict[Fraction, str] = {}
    steps: list[str] = []
    last: Fraction | None = None
    for line in solution.splitlines():
        match = _EQUATION.match(line)
        if match is None:
            continue
        try:
            tree = ast.parse(match[1].translate(_SIGNS).strip(), mode="eval").body
            value = _value(tree)
        except (SyntaxError, ValueError, ZeroDivisionError):
            continue
        if isinstance(tree, ast.Constant) or value != Fraction(match[2].translate(_SIGNS)):
            continue
        name = f"s{len(steps) + 1}"
        steps.append(f"{name} = {_said(tree, results)}")
        results[value], last = name, value
    if last is None or isinstance(wanted, str) or wanted is None or last != Fraction(str(wanted)):
        return ""
    return "\n".join([*steps, f"answer = s{len(steps)}"])


def _value(tree: ast.expr) -> Fraction:
    if isinstance(tree, ast.BinOp) and type(tree.op) in _OPERATIONS:
        found: Fraction = _OPERATIONS[type(tree.op)](_value(tree.left), _value(tree.right))
        return found
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return -_value(tree.operand)
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float):
        return Fraction(str(tree.value))
    raise ValueError


def _said(tree: ast.expr, results: dict[Fraction, str]) -> str:
    """The expression, with what an earlier step found by its name."""

    class Named(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.expr:
            name = results.get(_value(node))
            return ast.Name(name, ast.Load()) if name else node

    changed: ast.expr = Named().visit(tree)
    return ast.unparse(changed)
