"""understudy complete: the suggestion at one place of a file, what it was made with, and what it took."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from understudy_server.cli.context import context_in, project_at
from understudy_server.cli.options import json_option, print_json, root_option
from understudy_server.cli.place import Place, PlaceType

if TYPE_CHECKING:
    from understudy_server.completion.suggestion import Suggestion
    from understudy_server.context.query_context import QueryContext
    from understudy_server.project import Project


@click.command()
@click.argument("place", type=PlaceType())
@root_option
@json_option
def complete(place: Place, root: Path | None, as_json: bool) -> None:
    """Show the suggestion at a place; lines and columns count from 1.

    In a notebook a place is NOTEBOOK.ipynb:CELL:LINE:COL; cells count from 1, those of Markdown among them.
    """
    from understudy_server.cli.opened import open_place
    from understudy_server.cli.terminal import warn
    from understudy_server.context.insertion import render_insertion

    opened = open_place(place)
    project = project_at(place, root)
    try:
        started = time.perf_counter()
        catalog = project.catalog
        loaded = time.perf_counter()
        found = context_in(project, opened, place)
        ready = time.perf_counter()
        suggestion, unsaid = asyncio.run(_suggestion(project, found))
        stages = {
            "catalog": (loaded - started) * 1000,
            "context": (ready - loaded) * 1000,
            **(suggestion.stages if suggestion else {}),
        }
        lessons = _lessons(project, suggestion)
        warn(dict.fromkeys((*project.notes, *catalog.notes)))
    finally:
        project.close()
    text = render_insertion(suggestion.text, found) if suggestion else None
    if as_json:
        print_json(
            {
                "text": text,
                "reason": unsaid or None,
                "statement": suggestion.statement if suggestion else None,
                "model": suggestion.model if suggestion else None,
                "lessons": lessons,
                "milliseconds": {name: round(value, 3) for name, value in stages.items()},
            }
        )
        return
    why = f": {unsaid}" if unsaid else ""
    click.echo(text if text is not None else f"(no suggestion{why})")
    for lesson in lessons:
        click.echo(
            f'Lesson {lesson["id"]}: "{lesson["question"]}" ({lesson["origin"]}), lift {lesson["lift"]:+.2f}'
        )
    click.echo("Milliseconds: " + ", ".join(f"{name} {value:.1f}" for name, value in stages.items()))


async def _suggestion(project: "Project", found: "QueryContext") -> "tuple[Suggestion | None, str]":
    """The suggestion, or why there is none."""
    from understudy_knowledge.execution import Executor
    from understudy_server.completion.suggest import Toolbox, suggest, why_silent

    student = project.build_student()
    try:
        async with Executor() as executor:
            toolbox = Toolbox(
                student=student,
                catalog=project.catalog,
                retriever=project.retriever(),
                general=project.shared_text().fitting(project.catalog),
                generation=project.generation(),
                probe=project.probe(executor),
                lessons=project.settings.completion.lessons,
                max_tokens=project.settings.student.max_tokens,
            )
            suggestion = await suggest(found, toolbox)
            return suggestion, why_silent(found, toolbox)
    finally:
        await student.close()


def _lessons(project: "Project", suggestion: "Suggestion | None") -> list[dict[str, Any]]:
    """The lessons that took part, with where each comes from."""
    store = project.knowledge if suggestion and suggestion.lessons else None
    if suggestion is None or store is None:
        return []
    return [
        {
            "id": lesson.case_id,
            "question": lesson.question,
            "lift": lesson.lift,
            "origin": str(store.case(lesson.case_id).origin),
            "score": round(lesson.score, 3),
        }
        for lesson in suggestion.lessons
    ]
