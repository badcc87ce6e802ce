"""A run as the command line asks for it: the bundle found, the roles filled as the settings of this folder say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.bundles import is_bundle
from understudy_server.bench.teach.running import TeachRun
from understudy_server.bench.teach.settings import TeachSettings
from understudy_server.config import load_settings
from understudy_server.project import build_student, build_teachers

_BUNDLE = "dev"
"""The bundle meant by a folder of bundles."""


def bundle_in(folder: Path | None) -> Path:
    """The bundle at or in the folder. Raises NothingToDoError where there is none."""
    for candidate in (folder, folder / _BUNDLE) if folder else ():
        if is_bundle(candidate):
            return candidate
    raise NothingToDoError(
        f"{folder or 'No folder'} holds no items.jsonl: name the folder of a bundle with --data or UNDERSTUDY_DATA."
    )


async def run_teach(
    settings: TeachSettings, runs: Path, say: Callable[[str, int, int], None]
) -> dict[str, Any]:
    """The figures of a run with the student and the teacher that are configured here. Raises UnderstudyError."""
    configured = load_settings(Path.cwd())
    student, teachers = build_student(configured), [teacher for teacher, _ in build_teachers(configured)]
    try:
        return await TeachRun(settings, student, teachers[0], runs, say).run()
    finally:
        await student.close()
        for teacher in teachers:
            await teacher.close()
