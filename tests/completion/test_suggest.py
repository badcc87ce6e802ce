"""A suggestion from end to end, with a student that says what the test tells it to."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from attrs import define, evolve, field

from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.errors import BackendError
from understudy_knowledge.memory.records import Case, Lift, Lineage, Origin, Plan
from understudy_knowledge.memory.skeleton import family, skeleton
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.roles import Completion, StudentRequest
from understudy_knowledge.retrieval import Retriever
from understudy_server.completion.suggest import Toolbox, suggest
from understudy_server.context.query_context import QueryContext, VisibleRelation

MakeContext = Callable[..., QueryContext]


@define
class Parrot:
    """A student that says one thing and remembers what it was asked."""

    says: str
    name: str = "parrot"
    asked: list[StudentRequest] = field(factory=list)

    async def complete(self, request: StudentRequest) -> Completion:
        self.asked.append(request)
        if not self.says:
            raise BackendError("the parrot is away")
        return Completion(self.says, self.name, tuple(lesson.case_id for lesson in request.lessons))

    async def stream(self, request: StudentRequest) -> AsyncIterator[str]:
        yield self.says

    async def close(self) -> None: ...


async def test_a_good_answer_is_cleaned_and_shown_with_its_stages(
    shop: Catalog, make_context: MakeContext
) -> None:
    student = Parrot("```sql\nSELECT nam FROM customers;\n```")
    found = await suggest(make_context(question="all names"), Toolbox(student, shop))
    assert found is not None
    assert found.text == "SELECT name FROM customers"
    assert found.statement == found.text
    assert list(found.stages) == ["retrieval", "grammar", "student", "filters", "schema check"]


async def test_an_invented_table_is_not_shown(shop: Catalog, make_context: MakeContext) -> None:
    student = Parrot("SELECT name FROM spaceships")
    assert await suggest(make_context(question="all names"), Toolbox(student, shop)) is None


async def test_an_empty_statement_without_a_question_asks_nobody(
    shop: Catalog, make_context: MakeContext
) -> None:
    student = Parrot("SELECT name FROM customers")
    assert await suggest(make_context("  \n"), Toolbox(student, shop)) is None
    assert student.asked == []


async def test_typing_what_is_shown_does_not_ask_again(shop: Catalog, make_context: MakeContext) -> None:
    student = Parrot("name FROM customers")
    tools = Toolbox(student, shop)
    first = await suggest(make_context("SELECT "), tools)
    second = await suggest(make_context("SELECT name "), tools)
    assert first is not None
    assert second is not None
    assert (second.text, second.id) == ("FROM customers", first.id)
    assert len(student.asked) == 1


async def test_a_new_catalog_or_new_knowledge_asks_again(shop: Catalog, make_context: MakeContext) -> None:
    student = Parrot("name FROM customers")
    tools = Toolbox(student, shop)
    await suggest(make_context("SELECT "), tools)
    await suggest(make_context("SELECT "), evolve(tools, generation=7))
    await suggest(make_context("SELECT "), evolve(tools, catalog=Catalog(shop.tables[:1])))
    assert len(student.asked) == 3


async def test_an_absent_student_is_the_callers_to_report(shop: Catalog, make_context: MakeContext) -> None:
    with pytest.raises(BackendError, match="away"):
        await suggest(make_context("SELECT "), Toolbox(Parrot(""), shop))


def case_of(case_id: str, question: str, code: str, lineage: Lineage) -> Case:
    return Case(
        id=case_id,
        example_id=f"example-{case_id}",
        question=question,
        masked_question=question,
        plan=Plan(question, (), code),
        code=code,
        skeleton=skeleton(code),
        family=family(code),
        lineage=lineage,
        explanation="Sum the totals by customer.",
        origin=Origin("a.sql", 1),
        status="admitted",
        reason="",
        lift=Lift(1.0, 0.0, 3),
    )


async def test_of_cases_alike_the_one_whose_columns_are_in_sight_is_the_lesson(
    shop: Catalog, make_context: MakeContext, tmp_path: Path
) -> None:
    question, code = "total revenue per customer", "SELECT SUM(total_cents) FROM orders"
    student = Parrot("customer_id, SUM(total_cents) FROM orders GROUP BY customer_id")
    seen = VisibleRelation("o", "orders", ("order_id", "customer_id", "total_cents"))
    with KnowledgeStore.open(tmp_path / "knowledge.db") as store:
        for case_id, columns in (("a", ("orders.ordered_on",)), ("b", ("orders.total_cents",))):
            store.put_case(case_of(case_id, question, code, Lineage(("orders",), columns)))
        tools = Toolbox(student, shop, Retriever.open(store, None))
        context = make_context("SELECT ", " FROM orders", question=question, relations=(seen,))
        await suggest(context, tools)
    assert [lesson.case_id for lesson in student.asked[0].lessons] == ["b"]


async def test_a_lesson_for_the_question_reaches_the_student_and_the_suggestion(
    shop: Catalog, make_context: MakeContext, tmp_path: Path
) -> None:
    question = "total revenue per customer in cents"
    code = "SELECT customer_id, SUM(total_cents) FROM orders GROUP BY customer_id"
    case = case_of("c1", question, code, Lineage(("orders",)))
    student = Parrot(code)
    with KnowledgeStore.open(tmp_path / "knowledge.db") as store:
        store.put_case(case)
        tools = Toolbox(student, shop, Retriever.open(store, None))
        found = await suggest(make_context(question=question), tools)
        assert found is not None
        assert [lesson.case_id for lesson in found.lessons] == ["c1"]
        assert student.asked[0].lessons == found.lessons
        none = await suggest(make_context(question=question), evolve(tools, lessons=0, generation=1))
        assert none is not None
        assert none.lessons == ()
