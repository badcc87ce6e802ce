"""Plans for programs about one table: gold arithmetic lifted to what it computes, so that another table can take its place.

Numbers of the gold code become what they are: all of a column, its count, the cell of a row that the question names, a
number that the question says, an extreme of a column. What none of these explains stays as it is.
"""

import ast
import re
from collections.abc import Iterator
from itertools import islice, permutations

from attrs import define, field, frozen

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.memory.records import Example, Hole, Plan, Step
from understudy_knowledge.models.embedded.linking import Mention
from understudy_knowledge.models.embedded.reading import Reading, read

_CELL = re.compile(r"[^\d.-]*(-?(?:\d[\d,]*\.?\d*|\.\d+))[^\d]*")
_MOST_ORDERS = 6
_FEW = 2
"""Addends from which a sum of constants may be the sum of a column."""


def program_plan(example: Example, catalog: Catalog, failed: int) -> Plan:
    """The plan after `failed` attempts: another assignment of cells to rows each time, at last the whole program."""
    reading = read(example.question, catalog)
    expression = _answer(example.gold)
    table = catalog.tables[0] if len(catalog.tables) == 1 else None
    if expression is not None and table is not None:
        lifted = next(islice(_lifted(expression, table, reading), failed, None), None)
        if lifted is not None:
            return _plan(example, *lifted)
    hole = Hole("h1", "expression", "the whole program", "", pinned=example.gold if failed else None)
    step = Step("Write the whole program", ":h1", "whole", (hole,))
    return Plan(example.question, (step,), ":h1", example.dialect)


def _plan(example: Example, expression: ast.expr, holes: tuple[Hole, ...]) -> Plan:
    code = "answer = " + ast.unparse(expression)
    for hole in holes:
        code = code.replace(f"_{hole.id}_", f":{hole.id}")
    step = Step("Compute the answer from the table", code, "program", holes)
    return Plan(example.question, (step,), code, example.dialect)


def _answer(gold: str) -> ast.expr | None:
    """The expression that the program leaves in `answer`, intermediate names replaced; None for any other program."""
    try:
        body = ast.parse(gold).body
    except (SyntaxError, ValueError, RecursionError):
        return None
    known: dict[str, ast.expr] = {}
    for line in body:
        if (
            not isinstance(line, ast.Assign)
            or len(line.targets) != 1
            or not isinstance(line.targets[0], ast.Name)
        ):
            return None
        known[line.targets[0].id] = _Inlined(known).visit(line.value)
    return known.get("answer")


@define
class _Inlined(ast.NodeTransformer):
    known: dict[str, ast.expr]

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.known.get(node.id, node)


@frozen
class _Cells:
    """One numeric column of the table, and the rows that the question names by their labels."""

    column: Column
    label: Column | None
    rows: tuple[Mention, ...]


def _lifted(
    expression: ast.expr, table: Table, reading: Reading
) -> Iterator[tuple[ast.expr, tuple[Hole, ...]]]:
    """The expression with holes, once for each order in which its cells may belong to the rows that the question names."""
    for column in numeric_columns(table):
        mentions = named_rows(reading, table, column)
        label = table.column(mentions[0].column or "") if mentions else None
        for order in islice(permutations(range(len(mentions))), _MOST_ORDERS):
            cells = _Cells(column, label, tuple(mentions[at] for at in order))
            lifting = _Lifting(cells, table, question_numbers(reading, mentions), order)
            lifted = lifting.visit(_copied(expression))
            if lifting.column_used:
                yield lifted, lifting.holes
            if not lifting.cells_used:
                break


def _copied(expression: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(expression), mode="eval").body


@define
class _Lifting(ast.NodeTransformer):
    cells: _Cells
    table: Table
    said: tuple[float, ...]
    order: tuple[int, ...]
    _taken: dict[str, Hole] = field(factory=dict)
    column_used: bool = False
    summed: bool = False
    cells_used: int = 0

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(self._taken.values())

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        addends = _addends(node)
        known = cell_numbers(self.cells.column)
        if addends is not None and len(addends) == self.table.rows and set(addends) == set(known):
            self.column_used = self.summed = True
            return _call("sum", self._values())
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            return node
        known = cell_numbers(self.cells.column)
        if value in known and self.cells_used < len(self.cells.rows):
            place = self.order[self.cells_used]
            self.cells_used += 1
            self.column_used = True
            return _call(
                "cell", self._hole("value", f"row {place}", "a row that the question names"), self._column()
            )
        if self.summed and value == self.table.rows:
            return _call("len", self._values())
        if value in self.said:
            return self._hole("value", f"number {self.said.index(value)}", "a number that the question says")
        for name, extreme in (("max", max(known, default=None)), ("min", min(known, default=None))):
            if value == extreme and len(known) > 1:
                self.column_used = True
                return _call(name, self._values())
        return node

    def _values(self) -> ast.expr:
        return _call("column", self._column())

    def _column(self) -> ast.expr:
        return self._hole("column", "column", "the column of numbers")

    def _hole(self, kind: str, key: str, hint: str) -> ast.expr:
        if key not in self._taken:
            made = Hole(
                f"h{len(self._taken) + 1}", "column" if kind == "column" else "value", f"{hint} ({key})"
            )
            self._taken[key] = made
        return ast.Name(f"_{self._taken[key].id}_", ast.Load())


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _addends(node: ast.expr) -> list[float] | None:
    """The constants of a sum of nothing but constants."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return [node.value]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _addends(node.left), _addends(node.right)
        found = [*left, *right] if left is not None and right is not None else None
        return found if found is not None and len(found) >= _FEW else None
    return None


def numeric_columns(table: Table) -> list[Column]:
    """Columns whose samples are all numbers, in whatever spelling; the last one of the table first."""
    return [column for column in reversed(table.columns) if cell_numbers(column)]


def cell_numbers(column: Column) -> tuple[float, ...]:
    """The column's samples as numbers, without the unit beside them; empty where one of them is none."""
    found = [_CELL.fullmatch(str(sample)) for sample in column.samples]
    numbers = tuple(float(cell[1].replace(",", "")) for cell in found if cell is not None)
    return numbers if len(numbers) == len(found) else ()


def named_rows(reading: Reading, table: Table, column: Column) -> list[Mention]:
    """The rows of the table that the question names by a value of another column, in its order; the longest names win."""
    found: list[Mention] = []
    for mention in sorted(reading.links.of("value"), key=lambda m: (m.first - m.last, m.first, str(m.value))):
        apart = all(mention.last < other.first or other.last < mention.first for other in found)
        if apart and mention.table == table.name and mention.column != column.name:
            found.append(mention)
    columns = {mention.column for mention in found}
    return sorted(found, key=lambda m: m.first) if len(columns) == 1 else []


def question_numbers(reading: Reading, rows: list[Mention]) -> tuple[float, ...]:
    """The numbers that the question says outside of the names of rows, in its order."""
    inside = {at for mention in rows for at in range(mention.first, mention.last + 1)}
    return tuple(
        token.number
        for at, token in enumerate(reading.links.tokens)
        if token.number is not None and at not in inside
    )
