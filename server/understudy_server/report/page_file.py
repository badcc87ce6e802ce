"""A report as a file."""

from pathlib import Path

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.whole_files import replace_file


def write_html(path: Path, page: str) -> None:
    """Write the page, and its folders. Whoever may read the project may read it. Raises KnowledgeStoreError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, page.encode(), mode=0o644)
    except OSError as error:
        raise KnowledgeStoreError(
            f"the report cannot be written to {path} ({error.strerror}); make its folder writable and try again"
        ) from error
