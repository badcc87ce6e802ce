"""What a Python file says of its frames is read between messages, once the catalog is known."""

import pytest

from understudy_knowledge.catalog import Catalog
from understudy_server.context.frames.visible import frames_ahead, visible_frames
from understudy_server.context.read_ahead import read_ahead
from understudy_server.context.text.document import Document

CODE = "import pandas as pd\n" + "".join(f'df_{n} = pd.DataFrame({{"a{n}": [1]}})\n' for n in range(400))


def test_a_file_is_read_in_portions() -> None:
    document, catalog = Document("a.py", CODE), Catalog()
    portions = 1
    while not read_ahead(document, "python", 8, catalog):
        portions += 1
    assert portions > 3
    assert frames_ahead(document, catalog, 0)


def test_without_a_catalog_only_the_strings_are_looked_for() -> None:
    document = Document("a.py", CODE)
    while not read_ahead(document, "python", 8):
        pass
    assert not frames_ahead(document, Catalog(), 0)


def test_what_was_read_ahead_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from understudy_server.context.frames import statements

    document, catalog = Document("a.py", CODE), Catalog()
    while not frames_ahead(document, catalog, 8):
        pass
    seen = []
    run = statements.run
    monkeypatch.setattr(statements, "run", lambda *given: seen.append(given) or run(*given))
    document.apply_change(390, 0, 390, 0, 'new = pd.DataFrame({"b": [1]})\n', "utf-8")
    assert visible_frames(document, len(document), catalog)[0].name == "df_399"
    assert 1 <= len(seen) < 60
