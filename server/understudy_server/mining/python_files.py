"""Python files -> candidates: SQL strings, asked by the comment, docstring or name around them."""

import ast
from collections import Counter
from collections.abc import Iterator

from attrs import frozen

from understudy_knowledge.memory.records import Origin
from understudy_server.context.python.question import python_question
from understudy_server.context.python.regions import PythonRegion, all_regions
from understudy_server.context.query_context import Question, Span
from understudy_server.mining.mined import Candidate
from understudy_server.mining.sql_text import asked_statements, lines_of, place


@frozen
class PythonStatement:
    """One SQL statement in Python source. `asked` is what SQL or Python says about it, `offset` where it begins."""

    gold: str
    offset: int
    asked: Question | None
    doubt: str = ""
    spans: tuple[Span | None, ...] = ()
    """Where it stands, and where what it is asked by does."""


def read_python_file(path: str, text: bytes) -> Iterator[Candidate]:
    """Every SQL string of the file, in order."""
    for statement in python_statements(text):
        line, column = place(text, statement.offset)
        question = statement.asked.text if statement.asked else ""
        origin, lines = Origin(path, line, column, "python"), lines_of(text, *statement.spans)
        yield Candidate(question, statement.gold, origin, statement.doubt, lines=lines)


def python_statements(text: bytes) -> Iterator[PythonStatement]:
    """The SQL statements of Python source. What a function's docstring or name asks holds for its only string."""
    regions = all_regions(text)
    around = [python_question(region) for region in regions]
    claims = Counter(question.span for question in around if question)
    for region, question in zip(regions, around, strict=True):
        shared = question is not None and question.span is not None and claims[question.span] > 1
        value = _value(region, text)
        # Offsets come from the masked text, which is as long as the source; the code from the string's value.
        standing = [(each.span.start, each.whole) for each in asked_statements(region.masked)]
        statements = list(
            asked_statements(
                (value if value is not None else region.masked.decode("utf-8", "replace")).encode()
            )
        )
        if len(standing) != len(statements):
            standing = [(0, Span(0, region.span.end - region.span.start))] * len(statements)
        for (offset, whole), statement in zip(standing, statements, strict=True):
            asked = Question(statement.question, "comment") if statement.question else question
            doubt = _doubt(region, value)
            if not doubt and not statement.question and (shared or len(statements) > 1):
                doubt = "its function's docstring or name stands over several statements"
            begin = region.span.start
            # Whoever points at the quotes of a string means the one statement in it.
            stands = Span(begin + whole.start, begin + whole.end) if len(statements) > 1 else region.literal
            spans = (stands, asked.span if asked is not None else None)
            yield PythonStatement(statement.gold, begin + offset, asked, doubt, spans)


def _doubt(region: PythonRegion, value: str | None) -> str:
    if region.has_holes:
        return "needs values for its parameters"
    if value is None or region.composed:
        return "is put together at run time"
    return ""


def _value(region: PythonRegion, text: bytes) -> str | None:
    """The string as Python evaluates it, None when it has holes or is no valid literal."""
    literal = text[region.literal.start : region.literal.end].decode("utf-8", "replace")
    try:
        node = ast.parse(f"({literal})", mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    values = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    # A lone surrogate is a valid escape in Python and nothing that could be stored or run.
    return "".join(values).encode("utf-8", "replace").decode() if len(values) == len(parts) else None
