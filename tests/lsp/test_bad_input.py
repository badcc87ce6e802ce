"""Documents that nobody writes disturb no other: the server says once why it leaves one alone, and goes on."""

from pathlib import Path
from typing import Any

import pytest

BAD = {
    "huge.sql": "SELECT 1;\n" * 2_100_000,
    "line.sql": "SELECT " + "a, " * 350_000 + "|",
    "parentheses.sql": "SELECT " + "(" * 10_000 + "|",
    "nulls.sql": "\0" * 200_000 + "|",
    "surrogate.sql": "SELECT \ud800,\n a FROM |",
    "quotes.py": 'x = """SELECT a\n' * 2_001 + "|",
    "line.py": "con.execute('SELECT " + "a, " * 100_000 + "|')",
    "brackets.py": "x = " + "[" * 10_000 + "|",
}
SAID = {
    "huge.sql": "larger than 16 MB",
    "line.sql": "statement at the cursor is longer than 64 KB",
    "line.py": "line at the cursor is longer than 64 KB",
    "nulls.sql": "longer than 64 KB",
}


@pytest.mark.parametrize("name", BAD)
async def test_the_server_goes_on(editor: Any, project: Path, name: str) -> None:
    await editor.start(project)
    at = editor.open(name, BAD[name])
    await editor.ghost(at)
    await editor.ghost(editor.type(at, " "))
    said = [sentence for sentence in editor.log if name in sentence]
    assert len(said) == (1 if name in SAID else 0)
    assert all(SAID[name] in sentence for sentence in said)
    good = editor.open("good.sql", "SELECT * FROM cus|")
    assert "customers" in await editor.labels(good)
