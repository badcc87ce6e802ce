"""What is visible in every kind of statement; `relations_goldens.toml` says what must be."""

from pathlib import Path
from typing import Any

from understudy_knowledge.catalog import read_ddl
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document

CATALOG = read_ddl(
    (Path(__file__).parent / "queries" / "schema.sql").read_text("utf-8"), dialect="", source="schema.sql"
)


def test_golden(golden: dict[str, Any]) -> None:
    before, after = golden["sql"].split("⎸")
    context = extract(
        Document("golden.sql", before + after), len(before.encode()), language="sql", catalog=CATALOG
    )
    assert context is not None
    shown = [
        f"{one.kind} {one.name}={one.table or '-'}({', '.join(one.columns) if one.columns is not None else '?'})"
        for one in context.relations
    ]
    assert shown == golden["relations"]
    assert context.clause == golden["clause"]
    assert list(context.windows) == golden.get("windows", [])
    assert list(context.given) == golden.get("given", [])
