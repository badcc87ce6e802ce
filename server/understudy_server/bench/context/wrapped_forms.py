"""Python source around a query, generated: every way to write a string, with the place of every character known."""

import random
import re
from collections.abc import Callable, Sequence

from attrs import frozen

from understudy_server.bench.context.wrapped_writer import Unit, Writer, write_content, write_literal
from understudy_server.context.sql.lexer import Token, tokenize

FORMS = (
    "single",
    "double",
    "triple",
    "raw",
    "raw triple",
    "f-string",
    "triple f-string",
    "implicit",
    "plus",
    "plus names",
    "format",
    "percent",
    "dedent",
    "join",
)
_WORDS = frozenset(
    "select from where join on and or group by order having limit as in not like between is null case when then else end with union all "
    "distinct asc desc left right inner outer exists insert into values update set delete count sum min max avg".split()
)


@frozen
class Wrapped:
    """Generated source. `units` are in order; between them stands what is no SQL: quotes, white space, line continuations."""

    source: bytes
    units: tuple[Unit, ...]
    form: str


def wrap(sql: str, draw: random.Random) -> Wrapped:
    """The query in a form, with escapes, holes, indentation, names and a use that are drawn at random."""
    sql = _with_parameter(sql, draw) if draw.random() < 0.3 else sql
    form = draw.choice(FORMS)
    if form.startswith("raw") and not _fits_raw(sql):
        form = "double"
    writer = Writer()
    depth = draw.randrange(4)
    for level in range(depth):
        indent = "    " * level
        writer.code(
            draw.choice(
                (
                    f'{indent}def load_{draw.randrange(100)}(con):\n{indent}    """Rows of a day."""\n',
                    f"{indent}class Report{draw.randrange(100)}:\n",
                    f"{indent}if con:\n{indent}    day = 'it\\'s'  # \"quoted\n",
                )
            )
        )
    indent = "    " * depth
    writer.code(f"{indent}# Größe 😀 {draw.randrange(1000)}\n" if draw.random() < 0.5 else "")
    before, after = _use(indent, draw)
    writer.code(before)
    _WRITERS[form](writer, sql, indent + "    ", draw)
    writer.code(after + "\n")
    writer.code(
        draw.choice((f"{indent}return con\n", f'{indent}x = "y"\n', "", 'def g():\n    """Doc."""\n'))
    )
    return Wrapped(bytes(writer.out), tuple(writer.units), form)


def _with_parameter(sql: str, draw: random.Random) -> str:
    """The query with a driver's parameter in place of one of its numbers."""
    numbers = list(re.finditer(r"(?<![\w.'\"])\d+(?![\w.'\"])", sql))
    if not numbers:
        return sql
    number = draw.choice(numbers)
    parameter = draw.choice(("?", ":day", "%s", "%(day)s", "$1", "@day"))
    return sql[: number.start()] + parameter + sql[number.end() :]


def _use(indent: str, draw: random.Random) -> tuple[str, str]:
    name = draw.choice(("rows", "sql", "df", "QUERY", "größe"))
    return draw.choice(
        (
            (f"{indent}{name} = con.execute(", ").fetchall()"),
            (f"{indent}cur.executemany(\n{indent}    ", f",\n{indent}    rows,\n{indent})"),
            (f"{indent}{name} = pd.read_sql(", ", con)"),
            (f"{indent}{name} = pd.read_sql_query(sql=", ", con=con)"),
            (f"{indent}session.execute(text(", "))"),
            (f"{indent}{name} = spark.sql(", ")"),
            (f"{indent}{name} = duckdb.sql(", ").df()"),
            (f"{indent}for row in client.query(", f").result():\n{indent}    pass"),
            (f"{indent}return await con.fetchrow(", ", 1)"),
            (f"{indent}connection.exec_driver_sql(", ")"),
            (f"{indent}{draw.choice(('SQL', 'query', 'daily_orders_sql'))} = (", ")"),
            (f"{indent}self.query: str = (", ")"),
            (f"{indent}run(job=1, query=", ")"),
            (f"{indent}jobs = [{{'sql': ", "}]"),
        )
    )


def _fits_raw(sql: str) -> bool:
    return (
        "\\" not in sql
        and "\n" not in sql
        and not ('"' in sql and "'" in sql)
        and not sql.endswith(("'", '"'))
    )


def _pieces(sql: str, draw: random.Random) -> list[str]:
    """The query cut behind some of its spaces."""
    places = [match.end() for match in re.finditer(r" ", sql)]
    cuts = sorted(draw.sample(places, min(len(places), draw.randrange(1, 4))))
    return [sql[a:b] for a, b in zip([0, *cuts], [*cuts, len(sql)], strict=True)]


def _slots(sql: str, draw: random.Random) -> list[Token]:
    """Names and numbers that holes may stand for; bytes of an ASCII text are its characters."""
    if not sql.isascii():
        return []
    tokens = tokenize(sql.encode())
    free = [
        token
        for token in tokens[1:]
        if (token.kind == "number" or (token.kind == "word" and token.text.lower() not in _WORDS))
        # An identifier right behind a number or a name would be one with it.
        and not sql[token.end : token.end + 1].isalnum() and not sql[token.start - 1].isalnum()
    ]  # fmt: skip
    return sorted(draw.sample(free, min(len(free), draw.randrange(1, 4))), key=lambda token: token.start)


def _with_slots(
    sql: str, draw: random.Random, text: Callable[[str], None], hole: Callable[[str], None]
) -> None:
    position = 0
    for slot in _slots(sql, draw):
        text(sql[position : slot.start])
        hole(slot.text)
        position = slot.end
    text(sql[position:])


# --- forms ---


def _one(quote: str, prefix: str = "") -> Callable[[Writer, str, str, random.Random], None]:
    def write(writer: Writer, sql: str, indent: str, draw: random.Random) -> None:
        chosen = quote
        if prefix and len(quote) == 1 and quote in sql:
            chosen = "'" if quote == '"' else '"'
        write_literal(writer, sql, chosen, draw, prefix=draw.choice((prefix, prefix.upper())))

    return write


def _triple(writer: Writer, sql: str, indent: str, draw: random.Random) -> None:
    write_literal(writer, _laid_out(sql, indent, draw), draw.choice(('"""', "'''")), draw)


def _laid_out(sql: str, indent: str, draw: random.Random) -> str:
    """The query over several lines, indented, its line ends at spaces outside of its strings."""
    laid = ["\n" + indent]
    in_string = False
    for mark in sql:
        in_string ^= mark in "'\""
        breaks = mark == " " and not in_string and draw.random() < 0.15
        laid.append("\n" + indent if breaks else mark)
    return "".join([*laid, "\n" + indent])


def _formatted(quotes: Sequence[str], prefix: str) -> Callable[[Writer, str, str, random.Random], None]:
    def write(writer: Writer, sql: str, indent: str, draw: random.Random) -> None:
        quote = draw.choice(quotes)
        sql = _laid_out(sql, indent, draw) if len(quote) == 3 else sql
        writer.code(draw.choice((prefix, prefix.upper())) + quote)
        _with_slots(
            sql,
            draw,
            lambda text: write_content(writer, text, quote, draw, doubled="{}"),
            lambda name: writer.unit(
                draw.choice(("{name}", "{table!s}", "{n:>{width}}", "{rows[0]}", "{ f(a, b) }", "{größe}")),
                name,
                hole=True,
            ),
        )
        writer.code(quote)

    return write


def _implicit(writer: Writer, sql: str, indent: str, draw: random.Random) -> None:
    writer.code("(")
    for index, piece in enumerate(_pieces(sql, draw)):
        writer.code(f"\n{indent}" if index else "")
        writer.code("  # and\n" + indent if index and draw.random() < 0.2 else "")
        write_literal(writer, piece, draw.choice(("'", '"')), draw, prefix=draw.choice(("", "u")))
    writer.code(")")


def _plus(writer: Writer, sql: str, indent: str, draw: random.Random) -> None:
    writer.code("(")
    for index, piece in enumerate(_pieces(sql, draw)):
        writer.code(draw.choice((" + ", f"\n{indent}+ ")) if index else "")
        write_literal(writer, piece, draw.choice(("'", '"')), draw)
    writer.code(")")


def _plus_names(writer: Writer, sql: str, indent: str, draw: random.Random) -> None:
    parts: list[tuple[str, bool]] = []
    _with_slots(sql, draw, lambda text: parts.append((text, False)), lambda name: parts.append((name, True)))
    quote = draw.choice(("'", '"'))
    opened = False
    for text, is_hole in parts:
        if is_hole:
            # The hole is all between the two contents: quotes, operators and the name.
            writer.unit(
                quote + draw.choice((" + name + ", " + str(n) + ", "+t[0]+")) + quote, text, hole=True
            )
            continue
        writer.code("" if opened else quote)
        write_content(writer, text, quote, draw)
        opened = True
    writer.code(quote)


def _template(kind: str) -> Callable[[Writer, str, str, random.Random], None]:
    fields = (
        ("{}", "{0}", "{name}", "{a.b!r}", "{n:>3}")
        if kind == "format"
        else ("%s", "%(name)s", "%d", "%05.1f")
    )
    doubled = "{}" if kind == "format" else "%"

    def write(writer: Writer, sql: str, indent: str, draw: random.Random) -> None:
        quote = draw.choice(("'", '"', '"""'))
        sql = _laid_out(sql, indent, draw) if len(quote) == 3 else sql
        writer.code(quote)
        _with_slots(
            sql,
            draw,
            lambda text: write_content(writer, text, quote, draw, doubled=doubled),
            lambda name: writer.unit(draw.choice(fields), name, hole=True),
        )
        writer.code(
            quote + (".format(name=1)" if kind == "format" else draw.choice((" % name", " % (a, b)")))
        )

    return write


def _dedent(writer: Writer, sql: str, indent: str, draw: random.Random) -> None:
    writer.code(draw.choice(("textwrap.dedent(", "dedent(", "inspect.cleandoc(")))
    _triple(writer, sql, indent, draw)
    writer.code(")" + draw.choice(("", ".strip()")))


def _join(writer: Writer, sql: str, indent: str, draw: random.Random) -> None:
    writer.code(draw.choice(('" ".join([', "'\\n'.join((")))
    closing = "])" if writer.out.endswith(b"[") else "))"
    for piece in _pieces(sql, draw):
        write_literal(writer, piece, draw.choice(("'", '"')), draw)
        writer.code(f",\n{indent}")
    writer.code(closing)


_WRITERS: dict[str, Callable[[Writer, str, str, random.Random], None]] = {
    "single": _one("'"),
    "double": _one('"'),
    "triple": _triple,
    "raw": _one('"', "r"),
    "raw triple": _one('"""', "r"),
    "f-string": _formatted(("'", '"'), "f"),
    "triple f-string": _formatted(('"""', "'''"), "f"),
    "implicit": _implicit,
    "plus": _plus,
    "plus names": _plus_names,
    "format": _template("format"),
    "percent": _template("percent"),
    "dedent": _dedent,
    "join": _join,
}
