"""Lessons are looked for once a statement, and anew when anything that they are looked for by changes."""

from attrs import evolve

from understudy_knowledge.memory.records import Lesson, Plan
from understudy_server.completion.recent_lessons import RecentLessons, SoughtBy

BY = SoughtBy("who?", ("orders",), "", generation=1, catalog_version="v", most=1)


def test_the_same_statement_is_looked_up_once_and_another_one_anew() -> None:
    recent, found = RecentLessons(), []

    def find() -> tuple[Lesson, ...]:
        found.append(len(found))
        return (Lesson(f"case-{len(found)}", "who?", Plan("who?", (), ""), "", "SELECT 1", 0.9, 0.5),)

    assert recent.get(BY, find) is recent.get(BY, find)
    assert len(found) == 1
    for changed in (
        evolve(BY, question="what?"),
        evolve(BY, tables=()),
        evolve(BY, skeleton="SELECT _"),
        evolve(BY, generation=2),
        evolve(BY, most=2),
    ):
        recent.get(changed, find)
    assert len(found) == 6


def test_that_there_is_none_is_remembered_too() -> None:
    recent, asked = RecentLessons(), []
    for _ in range(3):
        assert recent.get(BY, lambda: asked.append(1) or ()) == ()
    assert len(asked) == 1


def test_it_forgets_the_oldest() -> None:
    recent, asked = RecentLessons(), []
    for number in range(40):
        recent.get(evolve(BY, question=str(number)), tuple)
    recent.get(evolve(BY, question="39"), lambda: asked.append(39) or ())
    recent.get(evolve(BY, question="0"), lambda: asked.append(0) or ())
    assert asked == [0]
