"""One document's draft: what ends it, who may share it, and what is asked of the student at all."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from attrs import define, evolve, field

from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.roles import Completion, StudentRequest
from understudy_server.completion.suggest import Toolbox
from understudy_server.completion.under_way import UnderWay
from understudy_server.context.query_context import QueryContext

MakeContext = Callable[..., QueryContext]


@define(slots=False)
class Writer:
    """A student that writes its words one by one, each when the test lets it, and tells how it was asked and stopped."""

    words: tuple[str, ...] = ("na", "me ", "FROM ", "customers")
    name: str = "writer"
    asked: list[str] = field(factory=list)
    stopped: int = 0
    may_write: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(0))

    async def complete(self, request: StudentRequest) -> Completion:
        self.asked.append(request.prefix)
        try:
            for word in self.words:
                await self.may_write.acquire()
                request.hear(word)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        return Completion("".join(self.words), self.name)

    async def stream(self, request: StudentRequest) -> AsyncIterator[str]:
        yield (await self.complete(request)).text

    async def close(self) -> None: ...

    async def writes(self, words: int = 99) -> None:
        """Lets it write so many more words."""
        for _ in range(words):
            self.may_write.release()
        await settle()
        while not self.may_write.locked():
            await self.may_write.acquire()


@define
class Bench:
    """A document under way, its student, and the requests of an editor."""

    student: Writer
    tools: Toolbox
    make_context: MakeContext
    under_way: UnderWay = field(factory=UnderWay)

    def request(self, prefix: str, *, explicit: bool = False, suffix: str = "") -> "asyncio.Task[str | None]":
        async def text() -> str | None:
            context = self.make_context(prefix, suffix)
            found = await self.under_way.suggestion(context, self.tools, explicit=explicit)
            return found.text if found else None

        return asyncio.ensure_future(text())

    def types(self, prefix: str, text: str) -> None:
        """The edit that puts text behind the prefix."""
        self.under_way.edited(len(prefix.encode()), 0, text)


@pytest.fixture
def bench(shop: Catalog, make_context: MakeContext) -> Bench:
    student = Writer()
    return Bench(student, Toolbox(student, shop), make_context)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_newest_request_stops_the_student_for_the_older_one(bench: Bench) -> None:
    older = bench.request("SELECT ")
    await settle()
    newer = bench.request("SELECT c")
    await settle()
    assert (bench.student.asked, bench.student.stopped) == (["SELECT ", "SELECT c"], 1)
    assert await older is None
    newer.cancel()
    await settle()
    assert bench.student.stopped == 2


async def test_requests_for_one_place_share_a_draft_and_the_newest_gets_it(bench: Bench) -> None:
    requests = [bench.request("SELECT ") for _ in range(4)]
    await settle()
    await bench.student.writes()
    assert await asyncio.gather(*requests) == [None, None, None, "name FROM customers"]
    assert bench.student.asked == ["SELECT "]


async def test_a_keystroke_that_the_student_did_not_write_stops_it_before_any_request(bench: Bench) -> None:
    request = bench.request("SELECT ")
    await settle()
    await bench.student.writes(1)
    bench.types("SELECT ", "c")
    assert await request is None
    assert bench.student.stopped == 1


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_typing_what_the_student_is_writing_leaves_it_writing(bench: Bench, withdrawn: bool) -> None:
    older = bench.request("SELECT ")
    await settle()
    await bench.student.writes(2)
    bench.types("SELECT ", "n")
    if withdrawn:
        older.cancel()
        await settle()
    bench.types("SELECT n", "a")
    newer = bench.request("SELECT na")
    await settle()
    await bench.student.writes()
    assert await newer == "me FROM customers"
    assert (bench.student.asked, bench.student.stopped) == (["SELECT "], 0)


async def test_a_blank_that_the_student_doubles_does_not_count(bench: Bench) -> None:
    bench.student.words = (" name", " FROM customers")
    bench.request("SELECT ")
    await settle()
    await bench.student.writes(1)
    bench.types("SELECT ", "n")
    newer = bench.request("SELECT n")
    await settle()
    await bench.student.writes()
    assert await newer == "ame FROM customers"
    assert (len(bench.student.asked), bench.student.stopped) == (1, 0)


async def test_a_draft_that_was_typed_along_and_then_left_is_stopped_a_moment_later(bench: Bench) -> None:
    request = bench.request("SELECT ")
    await settle()
    await bench.student.writes(1)
    bench.types("SELECT ", "n")
    request.cancel()
    for _ in range(100):
        await asyncio.sleep(0.01)
        if bench.student.stopped:
            break
    assert bench.student.stopped == 1


async def test_a_deletion_ends_a_draft(bench: Bench) -> None:
    request = bench.request("SELECT n")
    await settle()
    bench.under_way.edited(7, 1, "")
    assert await request is None
    assert bench.student.stopped == 1


async def test_what_is_remembered_comes_without_the_student_and_ends_what_is_under_way(bench: Bench) -> None:
    first = bench.request("SELECT ")
    await settle()
    await bench.student.writes()
    assert await first == "name FROM customers"
    other = bench.request("SELECT customer_id, ")
    await settle()
    assert await bench.request("SELECT name F") == "ROM customers"
    assert await other is None
    assert bench.student.asked == ["SELECT ", "SELECT customer_id, "]
    assert bench.student.stopped == 1


async def test_an_explicit_request_does_not_wait_for_the_next_keystroke(bench: Bench) -> None:
    for number in range(5):
        bench.types("SELEC"[:number], "T")
    automatic = bench.request("SELECT ")
    await settle()
    assert bench.student.asked == []
    explicit = bench.request("SELECT ", explicit=True)
    await settle()
    assert bench.student.asked == ["SELECT "]
    await bench.student.writes()
    assert await automatic is None
    assert await explicit == "name FROM customers"


@define(slots=False)
class Ready(Writer):
    """One that notes what it was given to make ready, and how often it had been asked by then."""

    ready: list[tuple[str, int]] = field(factory=list)

    async def make_ready(self, request: StudentRequest) -> None:
        self.ready.append((request.prefix, len(self.asked)))


async def test_a_request_is_made_ready_before_the_pause_is_over(bench: Bench) -> None:
    student = Ready()
    bench.tools = evolve(bench.tools, student=student)
    bench.types("SELEC", "T")
    bench.types("SELECT", " ")
    request = bench.request("SELECT ")
    await settle()
    assert student.ready == []
    while not student.asked:
        await asyncio.sleep(0.001)
    assert student.ready == [("SELECT ", 0)]
    await student.writes()
    assert await request == "name FROM customers"


async def test_a_request_that_is_withdrawn_while_it_waits_never_reaches_the_student(bench: Bench) -> None:
    for number in range(5):
        bench.types("SELEC"[:number], "T")
    request = bench.request("SELECT ")
    await settle()
    request.cancel()
    await asyncio.sleep(0.25)
    assert bench.student.asked == []


async def test_inside_a_word_and_behind_a_semicolon_nobody_is_asked_unless_explicitly(bench: Bench) -> None:
    assert await bench.request("SELECT na", suffix="me FROM customers") is None
    assert await bench.request("SELECT 1; ") is None
    assert await bench.request("") is None
    assert bench.student.asked == []
    request = bench.request("SELECT na", suffix="me FROM customers", explicit=True)
    await settle()
    assert bench.student.asked == ["SELECT na"]
    request.cancel()
    await settle()


async def test_where_the_student_had_nothing_to_add_it_is_not_asked_again(bench: Bench) -> None:
    bench.student.words = ("",)
    for _ in range(3):
        request = bench.request("SELECT name FROM customers")
        await bench.student.writes()
        assert await request is None
    assert len(bench.student.asked) == 1


async def test_a_request_takes_over_what_was_prefetched_for_its_place(bench: Bench) -> None:
    bench.under_way.prefetch(bench.make_context("SELECT "), bench.tools)
    await settle()
    assert bench.student.asked == ["SELECT "]
    request = bench.request("SELECT ")
    await settle()
    await bench.student.writes()
    assert await request == "name FROM customers"
    assert (len(bench.student.asked), bench.student.stopped) == (1, 0)


@pytest.mark.parametrize("newer", ["keystroke", "request", "prefetch"])
async def test_anything_newer_ends_a_prefetch(bench: Bench, newer: str) -> None:
    bench.under_way.prefetch(bench.make_context("SELECT "), bench.tools)
    await settle()
    if newer == "keystroke":
        bench.types("SELECT ", "c")
    elif newer == "request":
        bench.request("SELECT city, ")
    else:
        bench.under_way.prefetch(bench.make_context("SELECT city, "), bench.tools)
    await settle()
    assert bench.student.stopped == 1
    bench.under_way.cancel()


async def test_a_finished_prefetch_answers_without_a_request(bench: Bench) -> None:
    bench.under_way.prefetch(bench.make_context("SELECT "), bench.tools)
    await settle()
    await bench.student.writes()
    assert await bench.request("SELECT ") == "name FROM customers"
    assert len(bench.student.asked) == 1


async def test_an_absent_student_is_the_newest_requests_to_report(bench: Bench) -> None:
    async def absent(request: StudentRequest) -> Completion:
        raise BackendError("the student is away")

    bench.student.complete = absent  # type: ignore[method-assign]
    older, newer = bench.request("SELECT "), bench.request("SELECT ")
    assert await older is None
    with pytest.raises(BackendError, match="away"):
        await newer
