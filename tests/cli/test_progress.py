"""How far a run is and what it has spent, where a file or a program reads it."""

import json

from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.purse import Allowance, Spent
from understudy_server.cli.progress import JsonLines, Lines
from understudy_server.cli.spending import Spending

SPENDING = Spending(Spent(12, Usage(6000, 2000)), Allowance(calls=40, minutes=30), 3.2, lessons=4)
WORDS = "12 of 40 calls, 8,000 tokens, 3 of 30 min, 0.5 lessons per 1,000 tokens"


def test_a_file_hears_every_few_seconds_how_far_a_stage_is(capsys) -> None:
    now = [0.0]
    with Lines(lambda: now[0]) as lines:
        for done in range(41):
            now[0] += 1
            lines.update("explore", done, 40, "a question", SPENDING)
        lines.update("admit", 0, 31, "", SPENDING)
    assert capsys.readouterr().err.splitlines() == [
        "Exploring with the teacher: 40",
        *(f"Exploring with the teacher: {done} of 40 (teacher: {WORDS})" for done in (10, 20, 30, 40)),
        f"Teacher so far: {WORDS}",
        "Measuring lift: 31",
    ]


def test_a_program_is_told_minutes_and_gain(capsys) -> None:
    with JsonLines() as lines:
        lines.update("explore", 3, 40, "a question", SPENDING)
    spent = json.loads(capsys.readouterr().out)["spent"]
    assert (spent["minutes"], spent["lessons_per_1000_tokens"], spent["words"]) == (3.2, 0.5, WORDS)


def test_what_is_not_known_is_not_said() -> None:
    spending = Spending(Spent(3, Usage()), Allowance(), 0.4, lessons=2)
    assert spending.words() == "3 calls, 0 tokens"
