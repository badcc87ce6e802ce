"""Which of several statements is taken: what running them shows counts where a lesson of other tables has a say."""

from attrs import field, frozen
from sqlglot import parse_one

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.models.embedded.choosing import Candidate, best
from understudy_knowledge.models.embedded.reading import read
from understudy_knowledge.models.embedded.shapes import shape_of
from understudy_knowledge.models.embedded.transfer import Fit, transfer
from understudy_knowledge.models.roles import ProbeResult

ACTORS = Catalog(
    (
        Table(
            "actors",
            (
                Column("actor_id", "INTEGER", family="integer", samples=(1, 2)),
                Column("first_name", "TEXT", family="text", samples=("Ida", "Otto")),
                Column("last_name", "TEXT", family="text", samples=("Krall", "Sander")),
                Column("films", "INTEGER", family="integer", samples=(3, 5)),
            ),
        ),
    )
)
OWNERS = Catalog(
    (
        Table(
            "owners",
            (
                Column("owner_id", "INTEGER", family="integer", samples=(1, 2)),
                Column("label", "TEXT", family="text", samples=("North", "South")),
                Column("dogs", "INTEGER", family="integer", samples=(3, 5)),
            ),
        ),
    )
)


@frozen
class Answers:
    """A probe that knows what each statement answers."""

    rows: dict[str, tuple[tuple[str | int | None, ...], ...] | None]
    asked: list[str] = field(factory=list)

    async def run(self, sql: str) -> ProbeResult:
        self.asked.append(sql)
        rows = self.rows[sql]
        return ProbeResult(error="no such column") if rows is None else ProbeResult(("a",), rows)


def _shaped(sql: str, fit: float = 0.5) -> Candidate:
    return Candidate(sql, parse_one(sql), fit, ("other",), fit=Fit(fit, fit), foreign=True)


FIRST = "SELECT first_name FROM actors WHERE films = 3"
SECOND = "SELECT last_name FROM actors WHERE films = 3"


async def _taken(question: str, rows: dict[str, tuple[tuple[str | int | None, ...], ...] | None]) -> str:
    chosen = await best([_shaped(FIRST, 0.6), _shaped(SECOND)], read(question, ACTORS), Answers(rows))
    assert chosen is not None
    return chosen.sql


async def test_what_fails_or_answers_nothing_gives_way_to_what_answers() -> None:
    for poor in (None, (), ((None,),)):
        assert await _taken("who has 3 films?", {FIRST: poor, SECOND: (("Krall",),)}) == SECOND


async def test_an_answer_that_the_question_says_already_gives_way() -> None:
    assert (
        await _taken("who played with Ida in 3 films?", {FIRST: (("Ida",),), SECOND: (("Krall",),)}) == SECOND
    )


async def test_one_of_the_two_that_the_question_names_is_no_echo() -> None:
    rows = {FIRST: (("Ida",),), SECOND: ((7,), (8,))}
    assert await _taken("who has more films, Ida or Otto?", rows) == FIRST


async def test_numbers_do_not_answer_who() -> None:
    assert await _taken("who has 3 films?", {FIRST: ((3,),), SECOND: (("Krall",),)}) == SECOND


async def test_this_catalogs_own_lessons_are_taken_by_their_scores() -> None:
    own = [Candidate(sql, parse_one(sql), score) for sql, score in ((FIRST, 0.9), (SECOND, 0.5))]
    probe = Answers({FIRST: (("Ida",),), SECOND: (("Krall",),)})
    chosen = await best(own, read("who played with Ida in 3 films?", ACTORS), probe)
    assert chosen is own[0]
    assert probe.asked == [FIRST]


async def test_without_a_probe_the_first_is_taken_and_of_none_none() -> None:
    reading = read("who has 3 films?", ACTORS)
    candidates = [_shaped(SECOND), _shaped(FIRST)]
    assert await best(candidates, reading, None) is candidates[0]
    assert await best([], reading, Answers({})) is None


def test_a_grouped_shape_shows_what_the_new_question_lists_a_full_name_in_its_parts() -> None:
    taught = "Which owner has the most dogs? Return the owner id."
    shape = shape_of(
        "SELECT owner_id FROM owners GROUP BY owner_id ORDER BY COUNT(*) DESC LIMIT 1",
        read(taught, OWNERS),
        "sqlite",
    )
    assert shape is not None
    asked = read("Return the actor id and full name of the actor with the most films.", ACTORS)
    written = {each.tree.sql("sqlite") for each in transfer(shape, taught, asked)}
    wanted = (
        "SELECT actor_id, first_name, last_name FROM actors GROUP BY actor_id ORDER BY COUNT(*) DESC LIMIT 1"
    )
    assert wanted in written
