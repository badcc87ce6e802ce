"""A model server is kept busy in every stage of a run, and never more than it may be."""

IN_FLIGHT = 4
STAGES = ("before", "admit", "prune", "instruct", "rules", "abstain", "after")


async def test_every_stage_asks_as_much_at_once_as_it_may_and_says_how_far_it_is(shop) -> None:
    shop.server.seconds = 0.1
    # What is kept would not be asked again, and there would be nothing to see.
    await shop.distilled(in_flight=IN_FLIGHT, keeps=False)
    peaks = shop.server.peaks
    assert [stage for stage in STAGES if peaks[stage] < IN_FLIGHT - 1] == [], peaks
    assert max(peaks.values()) == IN_FLIGHT
    for stage in STAGES:
        events = [(event.done, event.total) for event in shop.seen if event.stage == stage]
        assert events[0][0] == 0
        assert [done for done, _ in events] == sorted(done for done, _ in events)
        assert events[-1][0] == events[-1][1] > 0
