"""When a student is asked, from the typing alone: the clock is the test's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_server.completion.debounce import LONGEST_SECONDS, Debounce


def typed(
    interval: float, keystrokes: int = 30, text: str = "x", latency: float = 0.02
) -> tuple[Debounce, float]:
    """Somebody who has typed so many keystrokes at that rhythm, and the time of the last one."""
    debounce = Debounce()
    debounce.answered(latency)
    for number in range(keystrokes):
        debounce.typed(text, number * interval)
    return debounce, (keystrokes - 1) * interval


def test_nobody_waits_who_has_not_typed() -> None:
    assert Debounce().wait(5.0) == 0.0


@pytest.mark.parametrize("text", ["x", "(", ".", "\n    "])
def test_in_a_burst_the_next_keystroke_comes_before_the_request(text: str) -> None:
    debounce, now = typed(0.03, text=text)
    assert debounce.wait(now) > 0.03


def test_the_time_since_the_last_keystroke_counts() -> None:
    debounce, now = typed(0.03)
    delay = debounce.wait(now)
    assert debounce.wait(now + delay / 2) == pytest.approx(delay / 2)
    assert debounce.wait(now + 1) == 0.0


def test_a_slow_server_is_asked_sooner() -> None:
    quick, now = typed(0.06, latency=0.01)
    slow, _ = typed(0.06, latency=0.08)
    very_slow, _ = typed(0.06, latency=2.0)
    assert quick.wait(now) > slow.wait(now) > very_slow.wait(now) == 0.0


@pytest.mark.parametrize("text", [".", "(", "()", "\n", "\n    "])
def test_behind_signs_that_ask_for_more_the_wait_is_half_as_long(text: str) -> None:
    debounce, now = typed(0.15)
    delay = debounce.wait(now)
    debounce.typed(text, now + 0.15)
    assert 0 < debounce.wait(now + 0.15) <= delay / 2 + 0.01


def test_an_irregular_rhythm_waits_longer_than_a_regular_one() -> None:
    regular, irregular = Debounce(), Debounce()
    for number in range(40):
        regular.typed("x", number * 0.05)
        irregular.typed("x", number * 0.05 + (number % 2) * 0.03)
    assert irregular.wait(39 * 0.05 + 0.03) > regular.wait(39 * 0.05)


def test_a_paste_is_no_keystroke_and_waits_for_nothing() -> None:
    debounce, now = typed(0.03)
    debounce.typed("SELECT name FROM customers", now + 0.01)
    assert debounce.wait(now + 0.01) == 0.0


def test_a_pause_says_nothing_of_the_rhythm() -> None:
    debounce, now = typed(0.03)
    before = debounce.wait(now)
    debounce.typed("x", now + 60)
    assert debounce.wait(now + 60) == before


def test_one_slow_answer_among_fast_ones_hardly_counts() -> None:
    debounce, now = typed(0.03, latency=0.02)
    before = debounce.wait(now)
    debounce.answered(0.1)
    assert debounce.wait(now) == pytest.approx(before - 0.01)
    debounce.answered(0.02)
    assert debounce.wait(now) == pytest.approx(before)


times = st.floats(0, 1e6, allow_nan=False)


@given(st.lists(st.tuples(times, st.text(max_size=4), times), max_size=40), times)
def test_no_wait_is_negative_or_longer_than_the_bound(
    events: list[tuple[float, str, float]], now: float
) -> None:
    debounce = Debounce()
    for at, text, latency in events:
        debounce.typed(text, at)
        debounce.answered(latency)
        assert 0 <= debounce.wait(now) <= LONGEST_SECONDS
