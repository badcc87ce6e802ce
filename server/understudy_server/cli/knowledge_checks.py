"""The doctor's checks of what was learned, and of what is kept of earlier runs."""

from collections import Counter
from pathlib import Path

from understudy_knowledge.errors import UnderstudyError
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.teaching.fingerprints import is_for_another_student
from understudy_server.cli.finding import Finding
from understudy_server.cli.tidying import held
from understudy_server.project import Project

_CHECK_SECONDS = 5.0


def what_is_known(project: Project) -> list[Finding]:
    """The knowledge store, what in it waits for someone, and what can be found."""
    if not project.knowledge_path.is_file():
        return [Finding("knowledge", "note", "nothing was learned here yet", "run `understudy distill`")]
    try:
        with KnowledgeStore.open(project.knowledge_path, read_only=True) as store:
            store.check(_CHECK_SECONDS)
            cases = store.cases()
            statuses = Counter(case.status for case in cases)
            counted = (
                ", ".join(f"{count} {status}" for status, count in sorted(statuses.items())) or "no cases"
            )
            run = store.last_run()
            cut_off = run is not None and run.finished is None
            admitted, generation = sum(1 for _ in store.entries()), store.generation
            foreign = sum(
                is_for_another_student(case, project.student_name)
                for case in cases
                if case.status == "admitted"
            )
    except UnderstudyError as error:
        return [
            Finding(
                "knowledge", "broken", str(error), "move the file away; completion goes on without lessons"
            )
        ]
    return [
        Finding(
            "knowledge",
            "note" if cut_off else "ok",
            f"{counted}; generation {generation}"
            + (f"; the run {run.id} was cut off" if run and cut_off else ""),
            "run `understudy distill --resume`" if cut_off else "",
        ),
        *_waiting(foreign, statuses["stale"]),
        Finding("index", "ok", f"{admitted} lessons can be found, at generation {generation}"),
    ]


def _waiting(foreign: int, stale: int) -> list[Finding]:
    """What waits for somebody: lessons measured for another student stay in prompts, stale ones do not."""
    found = [
        f"{foreign} measured for another student" if foreign else "",
        f"{stale} stale and in no prompt" if stale else "",
    ]
    said = ", ".join(filter(None, found))
    fix = "run `understudy knowledge verify`"
    if stale:
        fix += "; where a lesson stays stale, mend the query it was made from and run `understudy distill`"
    return [Finding("lessons", "note", said, fix)] if said else []


def what_is_kept(folder: Path) -> str:
    """How much earlier runs and copies of databases hold, as the end of a sentence; empty where there are none."""
    runs, cache = held(folder)
    if not runs and not cache:
        return ""
    return (
        f"; the logs and reports of runs take {runs / 1e6:.1f} MB, copies of databases {cache / 1e6:.1f} MB"
    )
