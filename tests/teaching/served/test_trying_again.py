"""What failed is tried again with what later rounds taught, and never twice with the same."""

import json
from collections import Counter

SECRET = "status = 'paid'"
WRONG = "SELECT city FROM orders"


def slow_of_understanding(server, golds, asks, *, lessons_help: bool) -> list[str]:
    """The student does nothing with a plan for the question that is explored first; perhaps it does with a lesson."""
    first: list[str] = []

    def plans(prompt: str, model: str) -> str:
        first.append(asks(prompt))
        return tells(prompt, model)

    def answers(prompt: str, body) -> str:
        question = asks(prompt)
        if first and question == first[0]:
            shown = lessons_help and sum(other in prompt for other in golds) > 1
        else:
            shown = True
        return golds[question] if shown and SECRET in prompt else WRONG

    tells, server.plans, server.student = server.plans, plans, answers
    return first


async def test_what_failed_in_the_first_round_is_solved_once_a_lesson_has_arrived(shop, golds, asks) -> None:
    first = slow_of_understanding(shop.server, golds, asks, lessons_help=True)
    figures = await shop.distilled(in_flight=1)
    assert figures.solved_by_turn[-1] == 0, "nothing is left that was never solved"
    noted = [json.loads(line) for line in (shop.folder / "run.jsonl").read_text().splitlines()]
    retried = [entry for entry in noted if entry["kind"].startswith("again")]
    (trace,) = (entry["value"] for entry in retried)
    assert (trace["help"], trace["helped"]["passed"], len(trace["turns"])) == ("lesson", True, 3)
    # The teacher was not asked for more than its turns for it.
    assert sum(question == first[0] for question in first) == 3


async def test_nothing_is_tried_again_with_the_help_it_had(shop, golds, asks) -> None:
    first = slow_of_understanding(shop.server, golds, asks, lessons_help=False)
    figures = await shop.distilled(in_flight=1)
    retries = Counter(
        prompt for stage, prompt in shop.server.asked_in if stage == "again" and asks(prompt) == first[0]
    )
    assert retries, "there were lessons that it had not been given"
    assert set(retries.values()) == {1}
    assert figures.solved_by_turn[-1] == 1
