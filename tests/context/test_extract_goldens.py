"""What is known at the cursor, case by case; `extract_goldens.toml` says what each must be."""

from typing import Any

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document

CATALOG = Catalog(
    (
        Table("orders", (Column("order_id"), Column("customer_id"), Column("total"))),
        Table("customers", (Column("customer_id"), Column("name"))),
    )
)


def test_golden(golden: dict[str, Any]) -> None:
    before, after = golden["text"].split("⎸")
    document = Document("golden", before + after)
    context = extract(
        document,
        len(before.encode()),
        language=golden.get("language", "sql"),
        catalog=CATALOG,
        dialect="sqlite",
    )
    if golden.get("nothing"):
        assert context is None or context.region == "python-code"
        return
    assert context is not None
    assert context.prefix + context.suffix == context.statement
    assert context.statement_span.start + len(context.prefix.encode()) == context.offset
    if "statement" in golden:
        assert f"{context.prefix}⎸{context.suffix}" == golden["statement"]
    if "clause" in golden:
        assert context.clause == golden["clause"]
    if "relations" in golden:
        shown = [
            f"{relation.name}={relation.table or '-'}({', '.join(relation.columns) if relation.columns is not None else '?'})"
            for relation in context.relations
        ]
        assert shown == golden["relations"]
    if "question" in golden:
        assert context.question.text == golden["question"]
    if "source" in golden:
        assert context.question.source == golden["source"]
    if "indent" in golden:
        assert context.indent == golden["indent"]
    if context.question.span is not None and context.question.source != "docstring":
        span = context.question.span
        assert context.question.text.split()[0].lower() in document.text(span.start, span.end).lower()
