"""A run spends no more than it may, whichever way it is counted and however many calls are under way."""

import asyncio

import pytest

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.price import Price
from understudy_knowledge.teaching.purse import Allowance, BudgetSpentError, Purse

MOST = Usage(100, 50)


def spend(purse: Purse, took: Usage = MOST) -> None:
    with purse.call(MOST) as call:
        call.took = took


def test_calls_are_counted() -> None:
    purse = Purse(Allowance(calls=2))
    spend(purse)
    spend(purse)
    with pytest.raises(BudgetSpentError, match="the budget of 2 teacher calls"):
        spend(purse)
    assert (purse.calls, purse.usage) == (2, Usage(200, 100))


def test_a_call_that_might_take_more_tokens_than_are_left_is_not_made() -> None:
    purse = Purse(Allowance(tokens=400))
    spend(purse, Usage(10, 5))
    spend(purse)
    with purse.call(MOST):  # under way: what it may take is held back
        with pytest.raises(BudgetSpentError, match="400 teacher tokens"):
            spend(purse)
        assert purse.calls == 3


def test_what_was_held_back_is_free_again_when_a_call_took_less() -> None:
    purse = Purse(Allowance(tokens=200))
    for _ in range(4):
        spend(purse, Usage(10, 2))
    assert purse.usage == Usage(40, 8)


def test_money_is_counted_by_the_prices_of_both_kinds() -> None:
    purse = Purse(Allowance(money=0.001), Price(prompt=1, completion=10))
    spend(purse)
    assert purse.money == pytest.approx(0.0006)
    with pytest.raises(BudgetSpentError, match=r"0\.001 for the teacher"):
        spend(purse)


def test_no_call_is_made_when_the_time_is_over() -> None:
    now = [0.0]
    purse = Purse(Allowance(minutes=1), clock=lambda: now[0])
    spend(purse)
    now[0] = 60.0
    with pytest.raises(BudgetSpentError, match="1 minutes"):
        spend(purse)


def test_a_call_that_failed_counts_what_it_took_and_one_that_was_cut_off_all_it_may_have_taken() -> None:
    purse = Purse()
    with pytest.raises(BackendError), purse.call(MOST):
        raise BackendError("no plan", prompt_tokens=7, completion_tokens=3)
    assert purse.usage == Usage(7, 3)
    with pytest.raises(KeyboardInterrupt), purse.call(MOST):
        raise KeyboardInterrupt
    assert purse.usage == Usage(107, 53)


def test_a_purse_without_bounds_refuses_nothing() -> None:
    purse = Purse()
    for _ in range(100):
        spend(purse, Usage(10**9, 10**9))
    assert purse.calls == 100


async def test_a_call_waits_for_what_others_hold_back_and_only_for_that() -> None:
    purse, answered = Purse(Allowance(tokens=200)), asyncio.Event()

    async def call() -> None:
        await purse.room(MOST)
        with purse.call(MOST) as made:
            await answered.wait()
            made.took = Usage(10, 5)

    calls = [asyncio.ensure_future(call()) for _ in range(3)]
    await asyncio.sleep(0)
    assert purse.calls == 1
    answered.set()
    await asyncio.gather(*calls)
    assert (purse.calls, purse.usage) == (3, Usage(30, 15))
    spend(purse)
    await purse.room(MOST)  # nothing is under way: there is nothing to wait for
    with pytest.raises(BudgetSpentError):
        spend(purse)
