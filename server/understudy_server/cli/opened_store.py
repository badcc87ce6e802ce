"""The knowledge store of a project for a command that needs one to be there."""

from pathlib import Path
from typing import TYPE_CHECKING

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_server.cli.root import find_root

if TYPE_CHECKING:
    from understudy_knowledge.memory.store import KnowledgeStore


def opened_store(root: Path | None, *, read_only: bool) -> "KnowledgeStore":
    """The project's store. Raises KnowledgeStoreError when there is none or it cannot be read."""
    from understudy_knowledge.memory.store import KnowledgeStore  # `understudy --help` needs none of it

    path = find_root(root) / ".understudy" / "knowledge.db"
    if not path.is_file():
        raise KnowledgeStoreError(
            f"{path.parent.parent} has no knowledge yet; run `understudy distill` there"
        )
    return KnowledgeStore.open(path, read_only=read_only)
