"""Fixes that the student writes: only what mends the statement is taken, and it is written as the document needs it."""

from collections.abc import Sequence

import pytest
from attrs import define, field

from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.memory.records import Lineage
from understudy_knowledge.memory.repairs import Repair, bug_kind
from understudy_knowledge.memory.skeleton import skeleton
from understudy_knowledge.models.roles import Completion, ProbeResult, StudentRequest
from understudy_server.actions.changes import applied
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.diagnose import Known
from understudy_server.actions.edits import Snapshot
from understudy_server.actions.mend import mended, without_rule
from understudy_server.completion.suggest import Toolbox
from understudy_server.context.query_context import Span
from understudy_server.context.text.document import Document


@define
class Saying:
    """A student that says these texts, one after the other."""

    texts: list[str]
    asked: list[StudentRequest] = field(factory=list)
    name: str = "saying"

    async def complete(self, request: StudentRequest) -> Completion:
        self.asked.append(request)
        return Completion(self.texts.pop(0), self.name)


class Nothing:
    """A database on which nothing runs."""

    async def run(self, sql: str) -> ProbeResult:
        return ProbeResult(error="no such function")


async def mend(
    text: str,
    catalog: Catalog,
    says: Sequence[str],
    *,
    probe: Nothing | None = None,
    name: str = "a.sql",
    repairs: Sequence[Repair] = (),
) -> tuple[str, Saying]:
    """The document mended by a student that says this, and the student; the problem is the first of the document."""
    student = Saying(list(says))
    snapshot = Snapshot(
        Document(name, text), "python" if name.endswith(".py") else "sql", Known(catalog, "sqlite", live=True)
    )
    problem = without_rule(snapshot, Span(0, len(text.encode())))
    assert problem is not None
    tools = Toolbox(student, catalog, probe=probe)  # type: ignore[arg-type]
    edits = await mended(snapshot, problem.span, tools, repairs)
    return applied(text.encode(), edits).decode(), student


async def test_what_is_underlined_is_written_anew(shop: Catalog) -> None:
    text, student = await mend("SELECT name, revenue FROM customers;\n", shop, ["city"])
    assert text == "SELECT name, city FROM customers;\n"
    (request,) = student.asked
    assert (request.prefix, request.suffix, request.purpose) == ("SELECT name, ", " FROM customers", "action")
    assert "Unknown column revenue" in request.evidence


async def test_in_a_string_its_quotes_and_escapes_stay(shop: Catalog) -> None:
    before = "f('SELECT revenue FROM customers WHERE city = \\'Lyon\\'')  # é\n"
    text, _ = await mend(before, shop, ["name"], name="a.py")
    assert text == before.replace("revenue", "name")


async def test_where_that_does_not_help_the_question_is_answered_anew(shop: Catalog) -> None:
    before = "-- Names in Lyon\nSELECT revenue -- which?\nFROM customers;\n"
    text, student = await mend(before, shop, ["turnover", "SELECT name FROM customers"])
    assert text == before.replace("revenue", "name")
    assert [request.prefix for request in student.asked] == ["SELECT ", ""]


@pytest.mark.parametrize("says", ["turnover", "", "name, revenue"])
async def test_what_still_breaks_is_not_taken(says: str, shop: Catalog) -> None:
    with pytest.raises(DeclinedError, match="does not mend"):
        await mend("SELECT revenue FROM customers;\n", shop, [says])


async def test_what_does_not_run_is_not_taken(shop: Catalog) -> None:
    with pytest.raises(DeclinedError, match="does not mend"):
        await mend("SELECT revenue FROM customers;\n", shop, ["name"], probe=Nothing())


def test_where_a_rule_knows_the_fix_the_student_is_not_asked(shop: Catalog) -> None:
    for text in (
        "SELECT nmae FROM customers",
        "SELECT customer_id FROM customers JOIN orders ON customers.customer_id = orders.customer_id",
    ):
        snapshot = Snapshot(Document("a.sql", text), "sql", Known(shop, "sqlite", live=True))
        assert without_rule(snapshot, Span(0, len(text))) is None


def repair(broken: str, error: str, fixed: str, symbol: str) -> Repair:
    lineage = Lineage(("orders",), ("orders.total_cents",))
    return Repair(
        symbol, "e", "a question", "a question", broken, error, bug_kind(error), (symbol,), fixed, skeleton(broken), lineage,
    )  # fmt: skip


REVENUE = repair(
    "SELECT SUM(revenue) FROM orders",
    "no such column: revenue",
    "SELECT SUM(total_cents) FROM orders",
    "revenue",
)
DAY = repair("SELECT day FROM orders", "no such column: day", "SELECT ordered_on AS day2 FROM orders", "day")


async def test_the_student_is_shown_how_it_mended_a_bug_like_this_one(shop: Catalog) -> None:
    text = "SELECT customer_id, revenue FROM orders;\n"
    mended_text, student = await mend(text, shop, ["total_cents"], repairs=(DAY, REVENUE))
    assert mended_text == text.replace("revenue", "total_cents")
    (request,) = student.asked
    assert request.evidence == (
        "This query is wrong: Unknown column revenue\n"
        "Another one was wrong in that way (no such column: revenue):\nSELECT SUM(revenue) FROM orders\n"
        "This was right:\nSELECT SUM(total_cents) FROM orders"
    )


async def test_no_bug_is_shown_that_is_not_like_this_one(shop: Catalog) -> None:
    syntax = repair("SELECT 1 FORM orders", 'near "FORM": syntax error', "SELECT 1 FROM orders", "form")
    _, student = await mend("SELECT revenue FROM orders;\n", shop, ["total_cents"], repairs=(syntax,))
    assert student.asked[0].evidence == "This query is wrong: Unknown column revenue"
