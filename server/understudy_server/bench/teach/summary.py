"""What a run came to in plain words, and what its figures cannot tell. Made of the figures alone; knows nothing of pages."""

from collections.abc import Mapping
from typing import Any

from understudy_server.bench.teach.comparing import FEW, OURS

_NEARLY_NOTHING = 0.02
"""A share of passed items below which arms differ by luck alone."""


def summary(figures: Mapping[str, Any]) -> dict[str, Any]:
    """`verdict` is what the run says, `next` what can be done about it, `cautions` what is to be known before a figure is believed."""
    verdict, next_step = _verdict(figures)
    return {"verdict": verdict, "next": next_step, "cautions": _cautions(figures)}


def chance(p: float) -> str:
    """How often as large a difference comes of chance alone."""
    if p >= 0.5:
        return "chance alone does as much more often than not"
    times = 1 / p
    if times >= 1_000_000:
        return "chance alone does as much less than 1 time in a million"
    digits = 10 ** max(0, len(str(int(times))) - 2)
    return f"chance alone does as much about 1 time in {round(times / digits) * digits:,}"


def _verdict(figures: Mapping[str, Any]) -> tuple[str, str]:
    name = next((name for name in reversed(OURS) if name in figures["paired"]), None)
    if name is None:
        return (
            "Nothing can be said of lessons: no arm that gives them was run.",
            "Run the arms zero and gi+rai, shuffled beside them as a control.",
        )
    pair = figures["paired"][name]
    sides = f"{pair['gained']} won, {pair['lost']} lost, of {pair['n']} items; arm {name} against zero"
    if pair["p"] < 0.05 and pair["gained"] > pair["lost"]:
        return f"Lessons gained {pair['points']:g} points ({sides}); {chance(pair['p'])}.", _check(
            name, figures
        )
    if pair["p"] < 0.05:
        return (
            f"Lessons cost {-pair['points']:g} points ({sides}); {chance(pair['p'])}.",
            "What you can do next: read the examples marked lost, and compare with no-transfer and with a smaller -k.",
        )
    return f"No gain could be shown ({pair['points']:+g} points; {sides}; {chance(pair['p'])}).", _more(
        name, figures
    )


def _check(name: str, figures: Mapping[str, Any]) -> str:
    """What the gain is to be held against: the same effort without lessons that fit."""
    rivals = figures["paired"][name].get("against", {})
    known = ("demonstration", "dail", "random-k", "shuffled")
    said = []
    for other in (arm for arm in rivals if arm in known or arm.startswith("dspy:")):
        pair = rivals[other]
        if pair["p"] < 0.05:
            way = "more" if pair["points"] > 0 else "fewer"
            said.append(f"{abs(pair['points']):g} points {way} than {other}")
        else:
            said.append(f"no provable difference from {other} ({pair['points']:+g})")
    if not said:
        return "What you can do next: run demonstration and shuffled too, to see whether lessons are what did it."
    return f"Beside other ways to help the same student: {'; '.join(said)}."


def _more(name: str, figures: Mapping[str, Any]) -> str:
    """Why there may be no gain, the likeliest cause first."""
    admitted, tested = figures["learned"]["cases"].get("admitted", 0), figures["sides"]["tested"]
    if not admitted:
        reason = "no lesson was admitted: teach on more examples, or look at why cases were refused"
    elif not figures["arms"][name]["with_lessons"]:
        reason = "no tested question was given a lesson: teach on questions that are nearer to these"
    elif tested < 100:
        reason = f"test on more than {tested} items, for a small gain does not show on so few"
    else:
        reason = "teach on more examples, or look at the examples marked failing and lost"
    return f"What you can do next: {reason}."


def _cautions(figures: Mapping[str, Any]) -> list[str]:
    settings, arms, tested = figures["settings"], figures["arms"], figures["sides"]["tested"]
    found = []
    if settings["student"].startswith("embedded-"):
        found.append(
            "The embedded student is no language model: it fills plans in by rule. These figures say whether the machinery of teaching "
            "works, and nothing of how much a language model gains; set student.base_url to measure yours."
        )
    if settings["teacher"].startswith("embedded-"):
        found.append(
            "The embedded teacher makes its plans from gold code by rule; a language model in its place may do better or worse."
        )
    served = not settings["student"].startswith("embedded-")
    if served and "tiny" in settings["student"].lower():
        found.append(
            f"The student {settings['student']} is a tiny model for tests: the accuracies carry no meaning."
        )
    elif all(arm["passed"] <= _NEARLY_NOTHING * arm["n"] for arm in arms.values()):
        found.append(
            "Hardly anything passes in any arm: the accuracies carry no meaning, and differences between arms are noise."
        )
    if tested < FEW:
        worth = 100 / tested if tested else 100
        found.append(
            f"Only {tested} items were tested: each is worth {worth:.0f} points, so the table cannot tell a small gain or loss from "
            "none, nor put arms in order."
        )
    if settings["rehearsal"]:
        found.append(
            "A rehearsal: the tested items are taught ones, so this is for developing and no evidence."
        )
    return found
