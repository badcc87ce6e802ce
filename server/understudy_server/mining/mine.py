"""A workspace -> its examples: every question with gold code that the project's own files hold."""

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from attrs import evolve

from understudy_knowledge.memory.records import DataSource, Example, Origin
from understudy_server.context.dialect.decision import DialectHints
from understudy_server.context.dialect.document import Source, dialect_of_document
from understudy_server.context.notebook.file import stored_cells
from understudy_server.mining.dbt_models import holds_jinja, read_dbt_model
from understudy_server.mining.judging import judge, normalized
from understudy_server.mining.mined import Candidate, Lines, Mined, Skipped
from understudy_server.mining.notebooks import read_notebook
from understudy_server.mining.python_files import read_python_file
from understudy_server.mining.sql_files import read_sql_file
from understudy_server.mining.workspace import readable_files


def mine(
    root: Path, *, source: DataSource | None, dialect: str | DialectHints, exclude: Sequence[str] = ()
) -> Mined:
    """The examples under `root`, and what was skipped with its reason; both in the order of the sorted paths.

    Gold code is one query that parses in `dialect`, or in what each file says where only hints are given; other statements are passed over in silence unless they are broken.
    Nothing is executed. One bad file never stops the rest.
    """
    hints = DialectHints(dialect) if isinstance(dialect, str) else dialect
    examples: dict[tuple[str, str], Example] = {}
    skipped: list[Skipped] = []
    places: list[tuple[Lines, Example | Skipped]] = []
    for found in readable_files(root, exclude):
        if isinstance(found, Skipped):
            skipped.append(found)
            continue
        path, text = found
        try:
            said = _dialect_of(path, text, hints)
            judged = [(each, _judged(each, said, source)) for each in _candidates(path, text)]
        except ValueError as error:
            skipped.append(Skipped(Origin(path, 1, 1, "notebook"), str(error)))
            continue
        for candidate, result in judged:
            if isinstance(result, Example):
                asked = " ".join(result.question.lower().split()).rstrip(".?!:")
                result = examples.setdefault((asked, normalized(result.gold)), result)
            elif result is not None:
                skipped.append(result)
            if result is not None:
                places += [(Lines(path, *lines, candidate.cell), result) for lines in candidate.lines]
    return Mined(tuple(examples.values()), tuple(skipped), tuple(places))


def _candidates(path: str, text: bytes) -> Iterable[Candidate]:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".py":
        return read_python_file(path, text)
    if suffix == ".ipynb":
        return read_notebook(path, text)
    return read_dbt_model(path, text) if holds_jinja(text) else read_sql_file(path, text)


def _judged(candidate: Candidate, dialect: str, source: DataSource | None) -> Example | Skipped | None:
    """As `judge` says, a skipped one with its cell."""
    result = judge(candidate, dialect, source)
    return evolve(result, cell=candidate.cell) if isinstance(result, Skipped) else result


def _dialect_of(path: str, text: bytes, hints: DialectHints) -> str:
    """The dialect of a file as a whole. Raises ValueError for a notebook that is none."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".ipynb":
        cells = stored_cells(text.decode("utf-8"))
        code: list[Source] = [
            (cell.source.encode(), "python")
            for cell in cells
            if (cell.kind, cell.language) == ("code", "python")
        ]
        return dialect_of_document(hints, (b"", "python"), path, code)
    return dialect_of_document(hints, (text, "python" if suffix == ".py" else "sql"), path)
