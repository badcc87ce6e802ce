"""Opening a workspace for an editor: the slow imports, the project, the student, and what suggestions are made with."""

import gc
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from understudy_knowledge.errors import ConfigurationError
from understudy_knowledge.execution import Executor
from understudy_server.completion.suggest import Toolbox
from understudy_server.config import Settings
from understudy_server.lsp.give_back import give_back
from understudy_server.lsp.session import Knowledge, Workshop
from understudy_server.project import Project, build_student

if TYPE_CHECKING:
    from understudy_server.lsp.catalog_life import CatalogLife


def opened(
    root: Path | None,
    overrides: Mapping[str, Any],
    trusted: bool,
    begin: "Callable[[Project], CatalogLife]",
) -> Workshop:
    """The workspace with all that is loaded once; blocks for a second or two. `begin` starts what reads the catalog."""
    # Without a folder there is nothing to find: under the null device lies no file.
    project = Project.open(root or Path(os.devnull), overrides, trusted=trusted)
    project.serving = True
    life = begin(project)
    life.begin()
    try:
        student = project.build_companion()
    except ConfigurationError as error:
        project.notes.append(str(error))
        student = build_student(Settings())
    # Looked up here, so that no keystroke reads a file.
    _ = project.dialect_hints
    executor = Executor()
    toolbox = Toolbox(
        student=student,
        catalog=life.settle(),
        probe=project.probe(executor),
        lessons=project.settings.completion.lessons,
        max_tokens=project.settings.student.max_tokens,
    )
    workshop = Workshop(project, toolbox, executor, life)
    workshop.take(toolbox.catalog, learned_by(project))
    # What is loaded now stays; without this the collector walks all of it in the middle of keystrokes.
    gc.collect()
    gc.freeze()
    give_back()
    return workshop


def learned_by(project: Project) -> Knowledge:
    """What the project knows now; reads the knowledge file."""
    generation, shared, retriever = project.generation(), project.shared_text(), project.retriever()
    if retriever is not None:
        # It may lag behind while an index is built; then the next request asks again.
        generation = min(generation, retriever.generation)
    return Knowledge(generation, shared, retriever)
