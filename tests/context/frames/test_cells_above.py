"""What the cells above give is kept while one types, and is what reading them anew would give."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog
from understudy_server.context.frames.cells_above import code_cells
from understudy_server.context.frames.visible import frames_ahead, visible_frames
from understudy_server.context.notebook.cells import Cell
from understudy_server.context.text.document import Document

CATALOG = Catalog()
PIECES = (
    'df = pd.DataFrame({"a": [1]})',
    'df["b"] = 1',
    'other = df.rename(columns={"a": "c"})',
    "del df",
    "if x:\n    df = df.drop(columns=['b'])",
    "def load():\n    return df",
    "other = load()",
    "total = (df",
    "%%sql",
    "!ls",
    '"""',
    "",
)


def cell(text: str) -> Document:
    return Document("cell", text)


def names(document: Document, above: Sequence[Document]) -> list[tuple[str, object]]:
    found = visible_frames(document, len(document), CATALOG, above)
    return [(each.name, each.frame.names) for each in found]


def count_statements(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    from understudy_server.context.frames import statements

    seen: list[object] = []
    run = statements.run
    monkeypatch.setattr(statements, "run", lambda *given: seen.append(given) or run(*given))
    return seen


texts = st.lists(st.sampled_from(PIECES), max_size=3).map("\n".join)
edits = st.lists(
    st.tuples(st.sampled_from("edit insert remove swap look".split()), st.integers(0), texts), max_size=8
)


@given(st.lists(texts, min_size=1, max_size=6), edits)
@settings(deadline=None)
def test_after_any_edits_the_cells_give_what_a_first_reading_gives(
    begun: list[str], history: list[tuple[str, int, str]]
) -> None:
    first = cell("import pandas as pd\n")
    cells = [first, *map(cell, begun)]
    for what, number, text in history:
        place = 1 + number % max(len(cells) - 1, 1)
        if what == "insert":
            cells.insert(place, cell(text))
        elif place < len(cells) and what == "edit":
            cells[place].apply_change(0, 0, number % 2, 0, text, "utf-8")
        elif place < len(cells) and what == "remove":
            del cells[place]
        elif place < len(cells) and what == "swap":
            cells[place], cells[-1] = cells[-1], cells[place]
        looked = len(cells) if what != "look" else place
        anew = [cell(each.slice().decode()) for each in cells[:looked]]
        at = cell("df = df\n")
        kept = code_cells([Cell(each) for each in cells[:looked]])
        assert names(at, kept) == names(at, code_cells([Cell(each) for each in anew]))


def test_an_edit_of_a_cell_reads_nothing_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [
        cell("import pandas as pd\n"),
        *(cell(f'df_{n} = pd.DataFrame({{"a": [{n}]}})\n') for n in range(40)),
    ]
    at = cell("x = 1\n")
    names(at, cells)
    seen = count_statements(monkeypatch)
    cells[30].apply_change(0, 0, 0, 0, 'new = pd.DataFrame({"b": [1]})\n', "utf-8")
    assert ("new", ("b",)) in names(at, cells)
    assert 1 <= len(seen) <= 14


def test_a_keystroke_below_many_cells_reads_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [cell(f'import pandas as pd\ndf_{n} = pd.DataFrame({{"a": [{n}]}})\n') for n in range(40)]
    at = cell("print(1)\n")
    names(at, cells)
    seen = count_statements(monkeypatch)
    at.apply_change(0, 7, 0, 7, "2", "utf-8")
    assert len(names(at, cells)) == 40
    assert len(seen) <= 2


def test_cells_are_read_ahead_in_portions() -> None:
    cells = [cell(f'import pandas as pd\ndf_{n} = pd.DataFrame({{"a": [{n}]}})\n') for n in range(10)]
    answers = [frames_ahead(cells[-1], CATALOG, 3, cells) for _ in range(4)]
    assert answers == [False, False, False, True]
    assert frames_ahead(cells[-1], CATALOG, 0, cells)


def test_a_cell_that_becomes_sql_leaves_nothing() -> None:
    cells = [Cell(cell("import pandas as pd\n")), Cell(cell('df = pd.DataFrame({"a": [1]})\n'))]
    at = cell("print(1)\n")
    assert names(at, code_cells(cells)) == [("df", ("a",))]
    cells[1].document.apply_change(0, 0, 0, 0, "%%sql\n", "utf-8")
    assert names(at, code_cells(cells)) == []
