"""What is known of frames depends on the text alone: not on how it is cut into blocks, and not on what stood there before."""

import random
from itertools import islice

from frames_oracle import snippets
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog
from understudy_server.context.frames import arguments
from understudy_server.context.frames.visible import scope_at
from understudy_server.context.text.document import Document

CATALOG = Catalog()
SNIPPETS = [code.rstrip("\n") + "\n" for code in snippets().values()]
FORMS = (
    "{code}",
    "if flag:\n{inside}else:\n    df = None\n",
    "for part in parts:\n{inside}",
    "try:\n{inside}except ValueError:\n    df = None\n",
    "def work(df, other):\n{inside}    return df\n\n\nresult = work(df, df)\n",
    "def work(df, other):\n{inside}    return df\n",
)
PIECES = (
    *(
        "'",
        '"',
        '"""',
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "\n",
        "\n\n",
        "\r\n",
        "    ",
        "#",
        "\\",
        "=",
        ":",
        ".",
        "é",
    ),
    *("df = df.assign(zz=1)\n", "    return df\n", "def work(df, other):\n", "else:\n", "del df\n"),
    "result = work(df, df)\n",
)


def written(draw: random.Random) -> str:
    """Some of the corpus, in functions and branches and without."""
    parts = ["import pandas as pd\nimport polars as pl\nimport duckdb\n"]
    for code in draw.choices(SNIPPETS, k=draw.randrange(2, 6)):
        inside = "".join("    " + line for line in code.splitlines(keepends=True))
        parts.append(draw.choice(FORMS).format(code=code, inside=inside) + draw.choice(("", "\n\n")))
    return "".join(parts)


def known(document: Document, offset: int) -> tuple[object, ...]:
    scope = scope_at(document, offset, CATALOG)
    return (scope.frames, scope.begun, scope.start, scope.indent, scope.function and scope.function.name)


@settings(max_examples=40, deadline=None)
@given(st.integers(0), st.sampled_from((40, 300, 1_500)))
def test_after_any_edits_frames_are_those_of_the_text_read_anew(seed: int, block_bytes: int) -> None:
    draw = random.Random(seed)
    document = Document("work.py", written(draw), block_bytes=block_bytes)
    for _ in range(draw.randrange(1, 8)):
        line, character = draw.randrange(document.line_count), draw.randrange(30)
        last = min(line + draw.choice((0, 0, 0, 1, 3)), document.line_count - 1)
        end = (last, character + draw.choice((0, 0, 0, 1, 4)))
        document.apply_change(line, character, *end, draw.choice((*PIECES, "")), "utf-8")
        anew = Document("anew.py", document.text())
        for _ in range(3):
            offset = document.offset_at(draw.randrange(document.line_count), draw.randrange(40), "utf-8")
            assert known(document, offset) == known(anew, offset)


def test_how_far_below_calls_are_looked_for_is_a_matter_of_bytes() -> None:
    far = arguments.REACH_BYTES // 10
    text = 'import pandas as pd\ndf = pd.DataFrame({"a": [1]})\n\ndef work(given):\n    given\n\n'
    for filler, found in ((far - 200, True), (far + 200, False)):
        called = text + "x = 1  #..\n" * (filler * 10 // 11) + "work(df)\n"
        for block_bytes in (40, 1_500):
            document = Document("work.py", called, block_bytes=block_bytes)
            frames = known(document, text.index("    given") + 9)[0]
            assert [each.name for each in islice(frames, 1)] == (["given"] if found else ["df"])  # type: ignore[call-overload]


def test_a_column_is_found_where_its_name_stands_after_an_edit_of_the_literal() -> None:
    document = Document(
        "work.py", 'import pandas as pd\nnames = ["a"]\n\n\ndf = pd.DataFrame(columns=names)\ndf\n'
    )
    known(document, len(document))
    document.apply_change(1, 8, 1, 8, "  ", "utf-8")
    frame = scope_at(document, len(document), CATALOG).frames[0].frame
    origin = frame.columns[0].origin
    assert origin is not None
    assert origin.statement[origin.start : origin.end] == b'"a"'
    assert origin.statement == b'names =   ["a"]'
