"""A workspace -> its examples: every question with gold code that the project's own files hold."""

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from understudy_knowledge.memory.records import DataSource, Example, Origin
from understudy_server.mining.dbt_models import holds_jinja, read_dbt_model
from understudy_server.mining.judging import judge, normalized
from understudy_server.mining.mined import Candidate, Mined, Skipped
from understudy_server.mining.notebooks import read_notebook
from understudy_server.mining.python_files import read_python_file
from understudy_server.mining.sql_files import read_sql_file
from understudy_server.mining.workspace import readable_files


def mine(root: Path, *, source: DataSource | None, dialect: str, exclude: Sequence[str] = ()) -> Mined:
    """The examples under `root`, and what was skipped with its reason; both in the order of the sorted paths.

    Gold code is one query that parses in `dialect`; other statements are passed over in silence unless they are broken.
    Nothing is executed. One bad file never stops the rest.
    """
    examples: dict[tuple[str, str], Example] = {}
    skipped: list[Skipped] = []
    for found in readable_files(root, exclude):
        if isinstance(found, Skipped):
            skipped.append(found)
            continue
        path, text = found
        try:
            judged = [judge(candidate, dialect, source) for candidate in _candidates(path, text)]
        except ValueError as error:
            skipped.append(Skipped(Origin(path, 1, 1, "notebook"), str(error)))
            continue
        for result in judged:
            if isinstance(result, Example):
                asked = " ".join(result.question.lower().split()).rstrip(".?!:")
                examples.setdefault((asked, normalized(result.gold)), result)
            elif result is not None:
                skipped.append(result)
    return Mined(tuple(examples.values()), tuple(skipped))


def _candidates(path: str, text: bytes) -> Iterable[Candidate]:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".py":
        return read_python_file(path, text)
    if suffix == ".ipynb":
        return read_notebook(path, text)
    return read_dbt_model(path, text) if holds_jinja(text) else read_sql_file(path, text)
