"""New examples out of verified ones: what the teacher says of them is run before it is believed."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from attrs import define, evolve, field

from understudy_knowledge.evaluation.split import Split
from understudy_knowledge.memory.records import Example
from understudy_knowledge.memory.skeleton import family_of
from understudy_knowledge.models.proposals import Proposal, ProposalRequest
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.enlarging import Enlarging
from understudy_knowledge.teaching.paid_answers import PaidTeacher, paid_since
from understudy_knowledge.teaching.purse import Allowance, Purse
from understudy_knowledge.teaching.run_log import RunLog
from understudy_knowledge.teaching.steps import Steps

TOTAL = "SELECT SUM(amount) FROM sales WHERE canceled = 0"
REGIONS = "SELECT region, COUNT(*) FROM sales GROUP BY region"


@define
class Inventive:
    """A teacher that makes what a test tells it to, and nothing else."""

    says: Callable[[ProposalRequest], tuple[str, str]]
    name: str = "inventive"
    asked: list[ProposalRequest] = field(factory=list)

    async def identify(self) -> str:
        return self.name

    async def at_most(self) -> Usage:
        return Usage(100, 50)

    async def propose(self, request: ProposalRequest) -> Proposal:
        self.asked.append(request)
        question, code = self.says(request)
        return Proposal(question, code, self.name, Usage(30, 9))

    async def close(self) -> None: ...


@pytest.fixture
def enlarge(tmp_path: Path, store, bench_with, make_example):
    log = RunLog(tmp_path / "run.jsonl")

    async def run(
        says, *, purse: Purse | None = None, held_out=(), passed=(), neighbors: int = 0, **shares: float
    ):
        teacher = Inventive(says)
        sides = Split(
            (make_example("total revenue", TOTAL), make_example("sales of each region", REGIONS)),
            tuple(make_example(*pair) for pair in held_out),
            2,
        )
        steps = Steps(log, 2, lambda progress: None)
        paid = PaidTeacher(teacher, store, purse or Purse())
        own = {example.id: example.question in passed for example in sides.taught}
        bench = evolve(bench_with(lambda request: ""), neighbors=neighbors, folder=tmp_path / "neighbors")
        return await Enlarging(paid, bench, steps, shares).new_examples(sides, own), teacher, paid

    yield run
    log.close()


def pairs(made: Sequence[Example]) -> list[tuple[str, str]]:
    return [(example.question, example.gold) for example in made]


def of_total(question: str, code: str) -> Callable[[ProposalRequest], tuple[str, str]]:
    return lambda request: (question, code) if request.example.gold == TOTAL else ("", "")


async def test_a_rephrased_question_keeps_the_query_that_people_wrote(enlarge) -> None:
    says = of_total("How much did we earn?", "SELECT SUM(s.amount) FROM sales s WHERE NOT s.canceled")
    made, _, _ = await enlarge(says, rephrase=1.0)
    assert pairs(made) == [("How much did we earn?", TOTAL)]


async def test_a_rephrased_question_that_its_maker_answers_otherwise_is_not_believed(enlarge) -> None:
    made, _, _ = await enlarge(
        of_total("How much did we sell?", "SELECT SUM(amount) FROM sales"), rephrase=1.0
    )
    assert made == ()


async def test_another_query_with_the_same_answer_is_taught_beside_the_first_and_belongs_to_its_family(
    enlarge, make_example
) -> None:
    other = "WITH kept AS (SELECT amount FROM sales WHERE NOT canceled) SELECT SUM(amount) FROM kept"
    says = of_total("whatever its maker makes of the question", other)
    (made,), _, _ = await enlarge(says, answer=1.0)
    first = make_example("total revenue", TOTAL)
    assert (made.question, made.gold) == (first.question, other)
    assert made.id != first.id
    assert family_of(made) == family_of(first)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("SELECT SUM(amount) FROM sales", id="another answer"),
        pytest.param("SELECT SUM(s.amount) FROM sales AS s WHERE s.canceled = 0", id="the same query"),
        pytest.param("SELECT 'no", id="no query"),
        pytest.param("SELECT region, COUNT(*) FROM sales GROUP BY region", id="another example's"),
    ],
)
async def test_another_query_counts_only_where_it_is_another_one_with_the_same_answer(
    enlarge, code: str
) -> None:
    assert (await enlarge(of_total("total revenue", code), answer=1.0))[0] == ()


@pytest.mark.parametrize(("neighbors", "believed"), [(0, 1), (3, 0)])
async def test_another_query_that_is_right_by_luck_is_found_out_on_other_data(
    enlarge, neighbors: int, believed: int
) -> None:
    made, _, _ = await enlarge(of_total("total revenue", "SELECT 58"), neighbors=neighbors, answer=1.0)
    assert len(made) == believed


@pytest.mark.parametrize(
    "code",
    [
        "SELECT AVG(price) FROM sales",
        "SELECT * FROM sales WHERE 0",
        "DELETE FROM sales",
        "not a query",
        TOTAL.replace("0", "1"),
    ],
)
async def test_a_new_question_counts_only_where_its_query_answers_something_new(enlarge, code: str) -> None:
    made, _, _ = await enlarge(of_total("What does a sale bring?", code), new=1.0)
    assert made == ()


async def test_a_new_question_has_its_own_query(enlarge) -> None:
    code = "SELECT product, MAX(amount) FROM sales GROUP BY product"
    made, _, _ = await enlarge(of_total("Best sale of each product", code), new=1.0)
    assert pairs(made) == [("Best sale of each product", code)]


async def test_near_duplicates_and_what_stands_near_a_held_out_example_are_dropped(enlarge) -> None:
    code = "SELECT product, MAX(amount) FROM sales GROUP BY product"
    near = of_total("The sales of each region, please", code)
    assert (await enlarge(near, new=1.0))[0] == ()


async def test_what_is_held_out_is_not_taught_in_other_words(enlarge) -> None:
    code = "SELECT product, MAX(amount) FROM sales GROUP BY product"
    held_out = (("Best sale of each product", "SELECT MAX(amount), product FROM sales GROUP BY product"),)
    assert (await enlarge(of_total("Best sale of each product", code), new=1.0, held_out=held_out))[0] == ()


async def test_without_a_share_nobody_is_asked(enlarge) -> None:
    _, teacher, _ = await enlarge(of_total("x", "y"), rephrase=0.0, new=0.0)
    assert teacher.asked == []


async def test_half_of_the_examples_are_asked_for_and_paid_once(enlarge, store) -> None:
    says = of_total("How much did we earn?", TOTAL)
    before = "2000-01-01"
    _, teacher, paid = await enlarge(says, rephrase=0.5)
    assert len(teacher.asked) == paid.purse.calls == 1
    assert paid_since(store, before).usage == paid.purse.usage == Usage(30, 9)
    _, again, _ = await enlarge(says, rephrase=0.5)
    assert again.asked == []


async def test_new_examples_are_made_of_what_the_student_fails(enlarge) -> None:
    says = of_total("How much did we earn?", TOTAL)
    _, teacher, _ = await enlarge(says, rephrase=1.0, new=1.0, passed=("sales of each region",))
    assert {request.example.gold for request in teacher.asked} == {TOTAL}


@pytest.mark.parametrize(
    ("allowed", "share", "asked"),
    [
        (Allowance(calls=4), 0.5, 1),
        (Allowance(calls=1), 0.5, 0),
        (Allowance(calls=4), 1.0, 2),
        (Allowance(tokens=500), 0.5, 1),
        (Allowance(tokens=299), 0.5, 0),
        (Allowance(), 0.5, 1),
    ],
)
async def test_a_kind_takes_no_more_than_its_share_of_the_budget(
    enlarge, allowed: Allowance, share: float, asked: int
) -> None:
    says = of_total("How much did we earn?", TOTAL)
    _, teacher, _ = await enlarge(says, new=share, purse=Purse(allowed))
    assert len(teacher.asked) == asked


async def test_a_teacher_that_makes_none_is_not_asked(
    tmp_path: Path, store, bench_with, make_example, scripted_teacher
) -> None:
    log = RunLog(tmp_path / "run.jsonl")
    steps = Steps(log, 2, lambda progress: None)
    paid = PaidTeacher(scripted_teacher, store)
    sides = Split((make_example("total revenue", TOTAL),), (), 1)
    enlarging = Enlarging(paid, bench_with(lambda request: ""), steps, {"rephrase": 1.0})
    assert await enlarging.new_examples(sides, {}) == ()
    log.close()
