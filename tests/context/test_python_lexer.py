"""Which strings, statements and comments Python source holds, whole and while it is typed."""

import io
import tokenize
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import understudy_server
from understudy_server.context.python.lexer import advance, read_lines
from understudy_server.context.python.state import INITIAL


def literals(source: str) -> list[str]:
    text = source.encode()
    found, _ = read_lines(text, to_the_end=True)
    return [text[string.start : string.end].decode() for string in found.strings]


def test_strings_are_those_of_the_tokenizer_of_python() -> None:
    for path in sorted(Path(understudy_server.__file__).parent.rglob("*.py"))[:60]:
        source = path.read_text("utf-8")
        found = [text for text in literals(source) if not _is_formatted(text)]
        assert found == _plain_strings(source), path


def _is_formatted(literal: str) -> bool:
    return "f" in literal[: min(literal.index(quote) for quote in "'\"" if quote in literal)].lower()


def _plain_strings(source: str) -> list[str]:
    """The strings outside of f-strings, which Python 3.12 cuts into tokens and earlier versions do not."""
    depth = 0
    plain = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        name = tokenize.tok_name[token.type]
        depth += (name == "FSTRING_START") - (name == "FSTRING_END")
        if name == "STRING" and not depth and not _is_formatted(token.string):
            plain.append(token.string)
    return plain


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = rb'a\\'b' + Rb\"c\"\n", ["rb'a\\'b'", 'Rb"c"']),
        ("# 'no'\nx = 'yes'  # \"no\"\n", ["'yes'"]),
        ('f"{x["a"]}" + "b"\n', ['f"{x["a"]}"', '"b"']),
        ('f"{f"{f"{1}"}"}" "b"\n', ['f"{f"{f"{1}"}"}"', '"b"']),
        ("f'{x:>{width}}' 'b'\n", ["f'{x:>{width}}'", "'b'"]),
        ("f'{{x}}' 'b'\n", ["f'{{x}}'", "'b'"]),
        ("t'{x}' 'b'\n", ["t'{x}'", "'b'"]),
        ("f'\\N{DASH}{x}' 'b'\n", ["f'\\N{DASH}{x}'", "'b'"]),
        ("f'{\n    x\n}' 'b'\n", ["f'{\n    x\n}'", "'b'"]),
        ('f"""{\n    f(x["""a"""])\n}"""\n', ['f"""{\n    f(x["""', '"""])\n}"""']),
        ("x = 'a\\\nb' 'c'\n", ["'a\\\nb'", "'c'"]),
    ],
)
def test_every_kind_of_string(source: str, expected: list[str]) -> None:
    assert literals(source) == expected


def test_an_open_string_ends_with_its_line() -> None:
    assert literals('x = "a\ny = "b"\n') == ['"a', '"b"']


def test_a_brace_that_nothing_closes_leaves_the_string_its_end() -> None:
    assert literals('run(f"a {b c") + "d"\ny = "e"\n') == ['f"a {b c"', '"d"', '"e"']


@pytest.mark.parametrize(
    "below",
    [
        '    rows = con.execute("""SELECT 2""")\n',
        "    return con.execute(q)\n",
        '\n\ndef g():\n    """What g does."""\n    x = """SELECT 2"""\n',
        '\n\ndef g():\n    """\n    What g does.\n    """\n    x = 1\n',
        '\n@cached\ndef g():\n    return f"""SELECT {x}"""\n',
        '\nclass C:\n    a = """SELECT 2"""\n    b = """\n    SELECT 3\n    """\n',
    ],
)
def test_an_open_triple_quote_gives_way_to_the_code_below(below: str) -> None:
    head = "def f(con):\n    q = "
    assert literals(f'{head}"""SELECT 1\n{below}')[0].rstrip() == '"""SELECT 1'
    assert literals(f'{head}"""SELECT 1\n{below}')[1:] == literals(f"{head}0\n{below}")


def test_a_triple_quote_opened_in_a_dictionary_of_others() -> None:
    assert literals('Q = {\n  "a": """SELECT 1,\n  "b": """SELECT 2""",\n}\n')[1:] == [
        '"""SELECT 1,',
        '"b"',
        '"""SELECT 2"""',
    ]


def test_source_code_in_a_string_is_no_code() -> None:
    text = 'A = """\nimport x\ndef f():\n    return 1\n"""\nB = """b"""\n'
    assert literals(text) == ['"""\nimport x\ndef f():\n    return 1\n"""', '"""b"""']


def test_an_open_bracket_ends_where_a_statement_begins() -> None:
    text = b"x = f(1,\ndef g():\n    y = 2\n"
    assert read_lines(text)[0].statements == [0, 9, 18]


def test_statements_and_comments_between_them() -> None:
    text = b"# a\nx = f(\n    # b\n    1)\n\n  # c\ny = 1 + \\\n  2\nz = 3  # d\n"
    found, _ = read_lines(text)
    assert [text[at:].split(b" ")[0] for at in found.statements] == [b"x", b"y", b"z"]
    assert [text[a:b] for a, b in found.comments] == [b"# a", b"# c"]


def test_a_long_line_of_open_braces_is_read_once() -> None:
    assert len(literals('f"' + "{a" * 20_000 + "\n")) == 1


pieces = st.sampled_from(
    ['"', "'", '"""', "'''", "f'", 'f"""', 'r"', "{", "}", "{{", "(", ")", "[", "]", "\\", "\n", "\n    ", "def f():\n", "return\n",
     "x = ", ":", "#", "SELECT a ", "\r\n", "é😀", "rows = c.execute(", "\r"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(pieces, max_size=40).map("".join), st.data())
def test_text_may_be_read_in_portions(text: str, data: st.DataObject) -> None:
    lines = text.encode().splitlines(keepends=True)
    cut = data.draw(st.integers(0, len(lines)))
    above, below = b"".join(lines[:cut]), b"".join(lines[cut:])
    assert advance(below, advance(above, INITIAL)) == advance(above + below, INITIAL)


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=40).map("".join), st.integers(0, 200), st.booleans())
def test_reading_that_ends_early_finds_what_a_whole_one_does(
    text: str, enough: int, to_the_end: bool
) -> None:
    source = text.encode()
    whole, _ = read_lines(source, to_the_end=to_the_end)
    found, _ = read_lines(source, to_the_end=to_the_end, enough=enough)
    last = next((at for at in whole.statements if at > enough), len(source) + 1)
    assert found.statements == [at for at in whole.statements if at <= last]
    for early, all_of_them in ((found.strings, whole.strings), (found.comments, whole.comments)):
        assert early == all_of_them[: len(early)]
        assert all(each[0] >= last for each in all_of_them[len(early) :])


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=40).map("".join))
def test_strings_stand_in_order_inside_of_the_text(text: str) -> None:
    source = text.encode()
    found, _ = read_lines(source, to_the_end=True)
    floor = 0
    for string in found.strings:
        assert floor <= string.start < string.content <= string.content_end <= string.end <= len(source)
        assert all(string.content <= a < b <= string.content_end for a, b in string.holes)
        floor = string.end


def test_thousands_of_strings_in_holes_cost_no_more_than_their_bytes() -> None:
    assert len(advance(b"f'{" * 5_000 + b"\n", INITIAL).stack) < 1_000


def test_a_line_of_nothing_but_triple_quotes_is_read_as_the_strings_they_make() -> None:
    assert literals('x = """' + '"' * 15) == ['""""""'] * 3
    found = literals('x = """' + '"' * 99_999 + "\ny = 'a'\n")
    assert found[-1] == "'a'"
    assert set(found[:-1]) == {'""""""'}
