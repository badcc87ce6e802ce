"""Python that holds a query, generated in the forms that strings have; and what its string is worth, read without running it."""

import ast
import random
import re
from collections.abc import Callable, Mapping

from attrs import frozen

from understudy_server.context.sql.lexer import tokenize

FORMS = ("double", "single", "triple", "raw", "f-string", "triple f-string", "implicit", "escaped")
_NUMBER = re.compile(r"\d+\Z")


@frozen
class Written:
    """A file with one query in it. `values` are what its holes are filled with, by the names in them."""

    source: str
    form: str
    values: Mapping[str, str]


def write(sql: str, draw: random.Random) -> Written:
    """The query in a form that is drawn, with code and comments around that nothing may touch."""
    form = draw.choice(FORMS)
    if form == "raw" and ('"' in sql or "\n" in sql):
        form = "triple"
    values: dict[str, str] = {}
    if "f-string" in form:
        sql = _with_holes(sql, values, draw)
    elif form in ("raw", "triple", "single", "double"):
        sql = sql.replace("\n", " ") if form in ("single", "double") else sql
    literal = _LITERALS[form](sql, draw)
    depth = "    " if draw.random() < 0.5 else ""
    head = "def rows(cursor):  # Größe 😀\n" if depth else '# it\'s "quoted"\n'
    source = f"import sqlite3\n{head}{depth}found = cursor.execute({literal})\n{depth}x = 'y' # after\n"
    return Written(source, form, values)


def value_of(source: str, values: Mapping[str, str]) -> str | None:
    """What the string of a generated file is worth, with its holes filled; None where the file does not parse."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for call in ast.walk(tree):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "execute"
        ):
            return _worth(call.args[0], values)
    return None


def _worth(node: ast.expr, values: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    pieces = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name):
            pieces.append(values[part.value.id])
        elif isinstance(part, ast.Constant):
            pieces.append(str(part.value))
        else:
            return None
    return "".join(pieces)


def _with_holes(sql: str, values: dict[str, str], draw: random.Random) -> str:
    """The query, braces doubled, with some of its numbers and texts as holes."""
    if not sql.isascii():
        return sql.replace("{", "{{").replace("}", "}}")
    free = [token for token in tokenize(sql.encode()) if token.kind in ("number", "string")]
    chosen = {token.start: token for token in draw.sample(free, min(len(free), 2))}
    written, at = "", 0
    for number, start in enumerate(sorted(chosen)):
        token = chosen[start]
        quoted = token.text[0] == "'" and len(token.text) > 1 and "''" not in token.text[1:-1]
        if not quoted and not _NUMBER.match(token.text):
            continue
        name = f"value_{number}"
        values[name] = token.text[1:-1] if quoted else token.text
        hole = f"{{{name}}}"
        written += _doubled(sql[at : token.start]) + (f"'{hole}'" if quoted else hole)
        at = token.end
    return written + _doubled(sql[at:])


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _quoted(quote: str, prefix: str = "") -> Callable[[str, random.Random], str]:
    def literal(sql: str, draw: random.Random) -> str:
        text = sql.replace("\\", "\\\\").replace(quote, "\\" + quote).replace("\n", "\\n")
        return f"{prefix}{quote}{text}{quote}"

    return literal


def _formatted(sql: str, draw: random.Random) -> str:
    # Inside of the braces no quote of the string may stand; names have none.
    return _quoted('"', "f")(sql, draw)


def _tripled(prefix: str) -> Callable[[str, random.Random], str]:
    def literal(sql: str, draw: random.Random) -> str:
        laid = (
            sql
            if "'" in sql or '"' in sql
            else re.sub(r" (?=FROM |WHERE |JOIN |GROUP |ORDER )", "\n        ", sql)
        )
        text = laid.replace("\\", "\\\\").replace('"""', '""\\"')
        return f'{prefix}"""\n        {text}\n    """'

    return literal


def _implicit(sql: str, draw: random.Random) -> str:
    places = [match.end() for match in re.finditer(" ", sql)]
    cuts = sorted(draw.sample(places, min(len(places), 3)))
    pieces = [sql[a:b] for a, b in zip([0, *cuts], [*cuts, len(sql)], strict=True)]
    return "(\n        " + "\n        ".join(_quoted('"')(piece, draw) for piece in pieces) + "  # end\n    )"


def _escaped(sql: str, draw: random.Random) -> str:
    text = sql.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return "'" + re.sub(r"(?<=\w) (?=FROM\b|WHERE\b)", r"\\n", text) + "'"


_LITERALS: dict[str, Callable[[str, random.Random], str]] = {
    "double": _quoted('"'),
    "single": _quoted("'"),
    "triple": _tripled(""),
    "raw": lambda sql, draw: f'r"{sql}"',
    "f-string": _formatted,
    "triple f-string": _tripled("f"),
    "implicit": _implicit,
    "escaped": _escaped,
}
