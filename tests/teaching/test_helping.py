"""Help that costs no teacher call comes first, as long as it helps; what it proves becomes knowledge."""

from attrs import evolve

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.catalog.model import Column, Table
from understudy_knowledge.memory.records import Example, Lineage, Plan
from understudy_knowledge.models.roles import StudentRequest
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.distill import Distillation, Options
from understudy_knowledge.teaching.facts import facts_about
from understudy_knowledge.teaching.faculty import Faculty, best_of
from understudy_knowledge.teaching.helping import Helper, Record
from understudy_knowledge.teaching.paid_answers import PaidTeacher
from understudy_knowledge.teaching.purse import Allowance, Purse
from understudy_knowledge.teaching.records import Attempt, Trace
from understudy_knowledge.teaching.run_log import RunLog

GOLD = "SELECT SUM(amount) FROM sales WHERE canceled = 0"
WRONG = "SELECT 1"


def test_the_catalog_says_what_it_knows_of_a_questions_words_and_nothing_else() -> None:
    catalog = Catalog(
        (
            Table(
                "orders",
                (
                    Column("state", "TEXT", samples=("P", "C"), samples_complete=True, comment="P paid, C canceled"),
                    Column("note", "TEXT", comment="free text"),
                    Column("city", "TEXT", samples=("Lyon", "Graz"), samples_complete=False),
                ),
                comment="one row for each order",
            ),
        )
    )  # fmt: skip
    assert facts_about("How many canceled orders?", catalog).splitlines() == [
        "orders: one row for each order",
        "orders.state: P paid, C canceled is one of 'P', 'C'",
    ]
    assert facts_about("weather", catalog) == ""


async def test_an_own_answer_to_another_question_is_a_demonstration_and_a_success_becomes_knowledge(
    bench_with, make_example
) -> None:
    def answers(request: StudentRequest) -> str:
        return GOLD if request.lessons else WRONG

    bench = bench_with(answers)
    example = make_example("What did we sell in all?", GOLD)
    other = make_example("Number of regions where we sell", "SELECT COUNT(DISTINCT region) FROM sales")
    verified = await bench_with(lambda request: other.gold).attempt(other)
    trace = await Helper(bench, (), [(other, verified)]).help(example, await bench.attempt(example), "value")
    assert trace.solved
    assert trace.help == trace.sources[-1] == "demonstration"
    assert trace.cost.teacher_calls == 0
    assert bench.student.requests[-1].lessons[0].question == other.question


async def test_a_near_duplicate_or_a_sibling_of_the_same_family_is_no_demonstration(
    bench_with, make_example
) -> None:
    bench = bench_with(lambda request: GOLD if request.lessons else WRONG)
    example = make_example("What did we sell in 2024?", GOLD)
    twins = [make_example("What did we sell in 2025?", "SELECT 2"), make_example("Other words", GOLD.replace("0", "1"))]  # fmt: skip
    verified = [(twin, await bench.attempt(twin)) for twin in twins]
    trace = await Helper(bench, (), verified).help(example, await bench.attempt(example), "value")
    assert not trace.solved
    assert "demonstration" not in trace.sources


async def test_a_lesson_learned_before_leaves_nothing_to_ask_for(bench_with, make_example, make_case) -> None:
    bench = bench_with(lambda request: GOLD if request.lessons else WRONG)
    example = make_example("What did we sell?", GOLD)
    case = evolve(make_case(make_example("Sales of tea", "SELECT 3")), lineage=Lineage(), status="admitted")
    trace = await Helper(bench, [case]).help(example, await bench.attempt(example), "value")
    assert (trace.help, trace.solved, trace.passes) == ("lesson", False, True)


def test_a_source_that_never_helps_a_class_of_failures_is_passed_over_for_it(bench_with) -> None:
    own = Trace("e", None)  # type: ignore[arg-type]
    own = evolve(own, own=_failed(), cause="join", help="teacher", sources=("catalog", "teacher"), plan="p")
    record = Record.of([own] * 4)
    assert not record.worth_trying("catalog", "join")
    assert record.worth_trying("catalog", "value")
    assert record.worth_trying("demonstration", "join"), "what was never tried may help"


def test_how_much_more_rarely_a_source_may_help_is_the_projects_choice() -> None:
    own = Trace("e", _failed(), cause="join", help="teacher", sources=("catalog", "teacher"))
    taught = evolve(own, plan=Plan("q", (), ""))
    assert not Record.of([taught] * 4, tau=0.4).worth_trying("catalog", "join")
    assert Record.of([taught] * 4, tau=0.9).worth_trying("catalog", "join")


async def test_help_that_a_project_does_not_want_is_not_tried(bench_with, make_example, make_case) -> None:
    bench = bench_with(lambda request: GOLD if request.lessons else WRONG)
    example = make_example("What did we sell?", GOLD)
    case = evolve(make_case(make_example("Sales of tea", "SELECT 3")), lineage=Lineage(), status="admitted")
    helper = Helper(bench, [case], sources=("catalog", "demonstration"))
    trace = await helper.help(example, await bench.attempt(example), "value")
    assert (trace.sources, trace.passes) == ((), False)
    assert helper.lesson_for(example) is None
    assert not helper.tries_lessons("value")


async def test_the_next_teacher_is_asked_only_where_the_cheaper_one_failed(
    bench_with, make_example, scripted_teacher, store
) -> None:
    class Better(type(scripted_teacher)):
        async def plan(self, request):
            return evolve(await super().plan(request), model=self.name)

    better = Better(name="better")

    def answers(request: StudentRequest) -> str:
        known = request.plan is not None and (better.calls > 0 or "easy" in request.question)
        return GOLD if known else WRONG

    bench = bench_with(answers)
    faculty = Faculty([PaidTeacher(scripted_teacher, store), PaidTeacher(better, store)], bench, 2)
    easy, hard = make_example("easy sales", GOLD), make_example("hard sales", GOLD)
    first = await faculty.explore(easy, Trace(easy.id, await bench.attempt(easy), sources=()))
    assert (first.solved, scripted_teacher.calls, better.calls) == (True, 1, 0)
    second = await faculty.explore(hard, Trace(hard.id, await bench.attempt(hard), sources=()))
    assert (second.solved, scripted_teacher.calls, better.calls) == (True, 3, 1)
    assert second.turns[-1].teacher == "better"
    assert second.cost.teacher_calls == 3


async def test_a_tournament_begins_with_the_cheapest_teacher_that_is_nearly_as_good(
    bench_with, scripted_teacher, store
) -> None:
    teachers = [
        PaidTeacher(type(scripted_teacher)(name=name), store) for name in ("small", "middle", "large")
    ]
    faculty = Faculty(teachers, bench_with(lambda request: WRONG), 2)
    won, lost = Trace("e", _failed(), plan="p"), Trace("e", _failed())  # type: ignore[arg-type]
    compared = [{"small": lost, "middle": won, "large": won}] * 4
    assert [each.name for each in faculty.beginning_with_the_best(compared).teachers] == ["middle", "large"]
    assert best_of({"small": lost, "middle": won}).solved
    assert faculty.beginning_with_the_best([]) is faculty


async def test_a_teacher_that_costs_something_is_spared_what_lessons_so_far_solve(
    bench_with, make_example, scripted_teacher, store, tmp_path
) -> None:
    """The student knows what counts as soon as anything tells it: the first lesson solves the rest without the teacher."""
    words = "region product year month buyer seller shop weekday country".split()
    examples: list[Example] = [
        make_example(f"Turnover by {word}", f"{GOLD} AND {number} = {number}{'+ 0' * number}")
        for number, word in enumerate(words)
    ]

    def answers(request: StudentRequest) -> str:
        return GOLD if request.lessons or request.plan is not None else WRONG

    purse = Purse(Allowance())
    run = Distillation(
        "r", bench_with(answers), PaidTeacher(scripted_teacher, store, purse), store, RunLog(tmp_path / "r.jsonl"),
        Options(in_flight=1),
    )  # fmt: skip
    figures = await run.run(examples)
    assert figures.tried == figures.taught
    assert figures.helped["lesson"] > 0
    assert scripted_teacher.calls < figures.taught
    assert sum(figures.solved_by_turn) + sum(figures.helped.values()) == figures.tried
    assert figures.teacher_tokens == purse.usage.total > Usage().total
    assert figures.gain_per_1000_tokens is not None


def _failed() -> Attempt:
    return Attempt("e", WRONG, False, "ok", "", difference="values")
