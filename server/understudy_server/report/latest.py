"""The last finished run of a project, as it is kept on disk: all that its report is made of."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen
from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from understudy_knowledge.errors import KnowledgeStoreError, NothingToDoError
from understudy_knowledge.memory.records import Case, GeneralInstructions
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval.abstention import learned_beside
from understudy_knowledge.retrieval.calibration import EVEN
from understudy_knowledge.teaching.ledger_book import read_ledger
from understudy_knowledge.teaching.records import RunFigures, Trace
from understudy_server.report.budget import earnings
from understudy_server.report.html import Evidence


@frozen
class Latest:
    """One run and the knowledge of today."""

    run: str
    title: str
    figures: RunFigures
    cases: Sequence[Case]
    general: GeneralInstructions
    evidence: Evidence


def latest(root: Path) -> Latest:
    """Of the project at `root`. Raises NothingToDoError where no run was finished, KnowledgeStoreError."""
    folder = root / ".understudy"
    if not (folder / "knowledge.db").is_file():
        raise NothingToDoError(f"{root} has no run to report on yet; run `understudy distill` there")
    with KnowledgeStore.open(folder / "knowledge.db", read_only=True) as store:
        run, begun = store.last_run(finished=True), store.last_run()
        cases, general = store.cases(), store.general()
    if begun is None:
        raise NothingToDoError(f"{root} has no run to report on yet; run `understudy distill` there")
    if run is None or run.figures is None:
        raise NothingToDoError(
            f"the run {begun.id} was cut off before it had figures; `understudy distill --resume` goes on"
        )
    try:
        figures = make_converter().structure(run.figures, RunFigures)
    except (BaseValidationError, KeyError, TypeError, ValueError) as error:
        raise KnowledgeStoreError(
            f"the figures of run {run.id} are of another version; run `understudy distill` again"
        ) from error
    return Latest(
        run.id, root.name, figures, cases, general, evidence_of(folder, run.id, run.settings, cases)
    )


def evidence_of(folder: Path, run: str, settings: Mapping[str, Any], cases: Sequence[Case]) -> Evidence:
    """What lies beside the figures of a run in the project's `folder`; what cannot be read is left out."""
    learned = learned_beside(folder / "knowledge.db")
    return Evidence(
        settings=settings,
        ledger=read_ledger(folder / "runs" / f"{run}.ledger.jsonl").entries,
        earned=earnings(_traces(folder / "runs" / f"{run}.jsonl"), cases),
        bins=learned.reliability.bins if learned else (),
        threshold=EVEN if learned else None,
    )


def _traces(log: Path) -> Iterator[Trace]:
    """The traces of one run's log in the order in which they were noted; lines that cannot be read are passed over."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    converter = make_converter()
    for line in lines:
        try:
            entry = json.loads(line)
            if entry["kind"] == "explore":
                yield converter.structure(entry["value"], Trace)
        except (BaseValidationError, ValueError, TypeError, KeyError):  # noqa: PERF203 - a line cut short by a kill
            continue
