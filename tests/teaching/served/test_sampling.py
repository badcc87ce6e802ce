"""Of a student that samples one attempt says little: each sibling is tried several times, and the means are compared."""

from collections import Counter

import pytest

from understudy_knowledge.memory.store import KnowledgeStore

SECRET = "status = 'paid'"


async def test_the_lift_of_a_student_that_samples_is_of_the_means(shop, golds, asks) -> None:
    asked, temperatures = Counter[str](), set[float]()

    def answers(prompt: str, body) -> str:
        temperatures.add(body["temperature"])
        asked[prompt] += 1
        by_lesson = sum(other in prompt for other in golds) > 1
        lucky = not by_lesson or asked[prompt] % 3  # with a lesson two of three
        return golds[asks(prompt)] if SECRET in prompt and lucky else "SELECT city FROM orders"

    shop.server.student = answers
    await shop.distilled(temperature=0.7, in_flight=2)
    assert temperatures == {0.7}
    with KnowledgeStore.open(shop.folder / "knowledge.db") as store:
        lifts = {(round(case.lift.with_lesson, 3), case.lift.without) for case in store.cases() if case.lift}
        admitted = store.cases("admitted")
    assert lifts == {(0.667, 0.0)}
    assert admitted
    assert max(asked.values()) == 3


async def test_what_a_lesson_gains_by_chance_alone_is_not_admitted(shop, golds, asks) -> None:
    """Alone it passes two of three, and with the lesson too."""
    asked = Counter[str]()

    def answers(prompt: str, body) -> str:
        asked[prompt] += 1
        # The first attempt at each fails, so that all of them are explored; a plan always helps.
        planned = SECRET in prompt and sum(other in prompt for other in golds) == 1
        return golds[asks(prompt)] if planned or asked[prompt] % 3 != 1 else "SELECT city FROM orders"

    shop.server.student = answers
    figures = await shop.distilled(temperature=0.7, in_flight=1)
    assert figures.admitted + figures.refused + figures.quarantined > 0
    with KnowledgeStore.open(shop.folder / "knowledge.db") as store:
        for case in store.cases():
            assert case.lift is not None
            assert case.lift.value == pytest.approx(0.0)
