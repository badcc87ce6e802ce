"""Several teachers of different price, and what a teacher says of all lessons together, over a whole run."""

import json
from collections import Counter

from understudy_knowledge.catalog.discover import discover
from understudy_knowledge.evaluation.split import split
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.teaching.faculty import TRIED_BY_ALL
from understudy_knowledge.teaching.price import Price
from understudy_knowledge.teaching.purse import Purse

CHEAP, DEAR = Price(1, 1), Price(10, 10)
SECRET = "status = 'paid'"
A_CALL = 120 / 1_000_000


def counting(server, asks, *, cheap_knows: bool) -> dict[str, Counter[str]]:
    """Plans asked for by model and question; the cheap teacher may not know the secret."""
    asked = {"model": Counter[str](), "dear": Counter[str]()}
    tells = server.plans

    def plans(prompt: str, model: str) -> str:
        asked[model][asks(prompt)] += 1
        plan = tells(prompt, model)
        return plan if cheap_knows or model == "dear" else plan.replace(f" WHERE {SECRET}", "")

    server.plans = plans
    return asked


async def test_a_cheap_teacher_that_fails_is_left_after_the_tournament(shop, asks) -> None:
    asked = counting(shop.server, asks, cheap_knows=False)
    purse = Purse(price=CHEAP)
    figures = await shop.distilled(in_flight=1, purse=purse, dear=DEAR, turns=2)
    assert 0 < len(asked["model"]) <= TRIED_BY_ALL
    assert set(asked["model"]) <= set(asked["dear"])
    assert len(asked["dear"]) > 0
    assert max(asked["dear"].values()) == 1
    assert figures.solved_by_turn[-1] == 0
    plans = asked["model"].total() * CHEAP.prompt + asked["dear"].total() * DEAR.prompt
    others = len(shop.server.asked["teacher"]) - asked["model"].total() - asked["dear"].total()
    assert abs(figures.money - (plans + others * CHEAP.prompt) * A_CALL) < 1e-9
    with KnowledgeStore.open(shop.folder / "knowledge.db") as store:
        assert store.cases("admitted")


async def test_a_cheap_teacher_that_is_as_good_is_asked_alone_after_the_tournament(shop, asks) -> None:
    asked = counting(shop.server, asks, cheap_knows=True)
    # Nothing but plans helps, so that every question is put to a teacher.
    told = shop.server.student
    shop.server.student = lambda prompt, body: told(prompt, body) if prompt.count(SECRET) == 1 else "SELECT 1"
    figures = await shop.distilled(in_flight=1, purse=Purse(price=CHEAP), dear=DEAR, turns=2)
    assert 0 < len(asked["dear"]) <= TRIED_BY_ALL
    assert set(asked["dear"]) <= set(asked["model"])
    assert figures.solved_by_turn[1] > 0


async def test_instructions_that_give_a_held_out_answer_away_are_dropped(shop) -> None:
    seed = next(
        seed
        for seed in range(50)
        if "Turnover in Lyon and Graz" in [each.question for each in sides_of(shop, seed).held_out]
    )
    rule = f"Orders count only where {SECRET}."
    shop.server.instructions = json.dumps({"rules": [rule, "The largest city is 'Lyon'."]})
    assert (await shop.distilled(seed=seed)).general_lift is None
    assert general_of(shop) == ""


async def test_the_same_instructions_without_it_are_kept(shop) -> None:
    assert (await shop.distilled()).general_lift is not None
    assert SECRET in general_of(shop)


def sides_of(shop, seed: int):
    examples = shop.examples()
    catalog = discover(shop.folder, database=shop.folder / "shop.db", dialect="sqlite")
    return split(examples, catalog, seed=seed)


def general_of(shop) -> str:
    with KnowledgeStore.open(shop.folder / "knowledge.db") as store:
        return store.general().text
