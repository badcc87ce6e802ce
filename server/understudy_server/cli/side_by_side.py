"""Suggestions before and after, beside each other: what the lessons changed, and which lesson did."""

from collections.abc import Sequence

import sqlglot
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from sqlglot.errors import SqlglotError

from understudy_knowledge.memory.records import Case
from understudy_knowledge.teaching.records import Attempt, ExampleFigures
from understudy_server.cli.exploration import Explored
from understudy_server.cli.terminal import tick


def choose(held_out: Sequence[ExampleFigures], count: int = 3) -> list[ExampleFigures]:
    """Those that lessons turned from wrong to right come first, then those the general instructions did, then the rest."""
    return sorted(held_out, key=_rank)[:count]


def show_side_by_side(chosen: Sequence[ExampleFigures], explored: Explored, console: Console) -> None:
    """One table for each; says how far the ones shown speak for all."""
    held_out = explored.figures.held_out
    turned = sum(_turned(item) for item in held_out)
    shown = sum(_turned(item) for item in chosen)
    cases = {case.id: case for case in explored.cases}
    console.print(
        f"[bold]{len(chosen)} of {len(held_out)} held-out examples[/]: {shown} of the {turned} that turned from wrong to right"
        + ("" if shown == len(chosen) else f", and {len(chosen) - shown} that did not")
    )
    for item in chosen:
        table = Table(box=SIMPLE, title=Text(item.question, style="bold"), title_justify="left", expand=True)
        table.add_column(f"{tick(item.before.passed, console)} without lessons", ratio=1, overflow="fold")
        table.add_column(
            f"{tick(item.after.passed, console)} with what was learned", ratio=1, overflow="fold"
        )
        table.add_row(Text(_laid_out(item.before)), Text(_laid_out(item.after)))
        console.print(table)
        console.print(f"  Helped by: {escape(_helpers(item.after, cases))}\n", soft_wrap=True)


def _helpers(after: Attempt, cases: dict[str, Case]) -> str:
    lessons = [cases[case_id] for case_id in after.lesson_ids if case_id in cases]
    if not lessons:
        return "no single lesson; the student had the general instructions"
    return "; ".join(f'the lesson of "{case.question}" ({case.origin})' for case in lessons)


def _rank(item: ExampleFigures) -> int:
    with_lesson = bool(item.after.lesson_ids)
    if _turned(item):
        return 0 if with_lesson else 1
    if item.after.passed:
        return 2 if with_lesson else 3
    return 4


def _turned(item: ExampleFigures) -> bool:
    return item.after.passed and not item.before.passed


def _laid_out(attempt: Attempt) -> str:
    """The statement over several lines; as it is where it cannot be parsed."""
    if not attempt.code:
        return "(nothing)"
    try:
        return sqlglot.transpile(attempt.code, read="sqlite", write="sqlite", pretty=True)[0]
    except (SqlglotError, RecursionError):
        return attempt.code
