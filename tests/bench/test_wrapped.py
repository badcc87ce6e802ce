"""Generated Python says what it is said to say, and the measure notices when a place is not exact."""

import ast
import random
import re
from pathlib import Path

import pytest

from understudy_server.bench.context.wrapped import measure, reads_as_written
from understudy_server.bench.context.wrapped_forms import FORMS, wrap
from understudy_server.bench.context.wrapped_writer import Unit
from understudy_server.bench.part import Terms

QUERY = "SELECT name, COUNT(*) FROM orders AS o WHERE note = 'it''s \\ 100% {ok} ö漢😀' AND total > 5 GROUP BY name"


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_python_reads_the_query_back_from_what_is_generated() -> None:
    draw = random.Random(1)
    seen = set()
    parameters = ("5", "?", ":day", "%s", "%(day)s", "$1", "@day")
    queries = {QUERY.replace("> 5", f"> {parameter}") for parameter in parameters}
    queries |= {QUERY.replace("100%", f"{parameter}%") for parameter in parameters}
    for _ in range(300):
        wrapped = wrap(QUERY, draw)
        tree = ast.parse(wrapped.source)
        if any(unit.hole for unit in wrapped.units) or wrapped.form in ("format", "percent"):
            continue
        texts = [_value(node) for node in ast.walk(tree) if isinstance(node, ast.expr)]
        assert any(re.sub(r"\s+", " ", text).strip() in queries for text in texts if text), (
            wrapped.source.decode()
        )
        seen.add(wrapped.form)
    assert {"single", "triple", "implicit", "plus", "join"} <= seen <= set(FORMS)


def _value(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _value(node.left) + _value(node.right)
    if isinstance(node, ast.JoinedStr):
        return "".join(_value(part) for part in node.values)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
        return _value(node.func.value).join(_value(part) for part in node.args[0].elts)  # type: ignore[attr-defined]
    return ""


def test_a_place_that_is_off_by_one_is_not_exact() -> None:
    units = (Unit(10, 11, "a"), Unit(11, 15, "é"), Unit(15, 18, "t", hole=True))
    assert reads_as_written("a  é_n_".encode(), 10, units, 18)
    assert not reads_as_written("a   é_n_".encode(), 10, units, 18)
    assert not reads_as_written("b  é_n_".encode(), 10, units, 18)
    assert not reads_as_written("a  é{n}".encode(), 10, units, 18)


def test_gold_queries_are_found_and_exact_in_every_form(data: Path) -> None:
    part = measure(Terms(data, limit=150))
    assert part.figures["found"] == 1.0, part.figures["wrong"]
    assert part.figures["exact"] == 1.0, part.figures["wrong"]
