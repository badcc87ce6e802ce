"""A run that is cut off, by whoever or by its own bound, asks nothing again: neither of the teacher nor of the student."""

import asyncio
from collections import Counter

import pytest

from understudy_knowledge.teaching.purse import Allowance, Purse, TimeOverError

IN_FLIGHT = 2


def repeated(server) -> int:
    """How many requests of the student said what another one had said."""
    return sum(count - 1 for count in Counter(server.asked["student"]).values())


@pytest.mark.parametrize("stage", ["before", "admit", "instruct"])
async def test_a_run_that_goes_on_asks_the_student_only_what_was_under_way(shop, stage) -> None:
    with pytest.raises(asyncio.CancelledError):
        await shop.distilled(in_flight=IN_FLIGHT, stop_at=stage)
    before = len(shop.server.asked["student"])
    await shop.distilled(in_flight=IN_FLIGHT)
    assert 0 < before < len(shop.server.asked["student"])
    assert repeated(shop.server) <= IN_FLIGHT


async def test_when_its_minutes_are_over_a_run_ends_what_is_under_way_and_loses_nothing(shop) -> None:
    shop.server.seconds = 0.05

    def clock() -> float:
        return 61.0 if shop.server.stage == "admit" else 0.0

    with pytest.raises(TimeOverError, match="The 1 minutes of the run are over; everything"):
        await shop.distilled(in_flight=IN_FLIGHT, purse=Purse(Allowance(minutes=1), clock=clock))
    before = len(shop.server.asked["student"])
    figures = await shop.distilled(in_flight=IN_FLIGHT)
    assert 0 < before < len(shop.server.asked["student"])
    assert repeated(shop.server) == 0
    assert figures.admitted > 0
