"""Measure 3: SQL found in real code, against labels given by eye.

The sample (see code_sample) was labeled before any rule was tuned on it. `sql` is a statement, or a fragment or expression
of one, that a person would want completed as SQL, whatever it is used for; keywords alone that code goes on from
(`"SELECT "`, `" OUTER JOIN "`), patterns, and sentences about SQL are `other`. A string counts as found where the cursor
behind its opening quote has a region. The rules were tuned on one half of the sample, the even digests; the other half was
not looked at while tuning, and its figures are those to believe.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import sqlglot
from attrs import define, field, frozen

from understudy_knowledge.errors import NothingToDoError, UnderstudyError
from understudy_server.bench.context.code_sources import RELEASES, Release, archive_of, python_files
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.context.python.lexer import read_lines
from understudy_server.context.python.regions import PythonRegion, all_regions, find_region
from understudy_server.context.sql.lexer import tokenize
from understudy_server.context.text.document import Document

GOAL = 0.97
_DIALECTS = (
    "",
    "postgres",
    "sqlite",
    "mysql",
    "bigquery",
    "snowflake",
    "tsql",
    "duckdb",
    "clickhouse",
    "oracle",
)
_PARSED_BYTES = 20_000


@frozen
class Label:
    """What one string of the sample is, by eye. `line` and `column` count from 1, columns in bytes."""

    package: str
    file: str
    line: int
    column: int
    is_sql: bool
    digest: str

    @property
    def held_out(self) -> bool:
        """Whether it belongs to the half that no rule was tuned on."""
        return int(self.digest[-1], 16) % 2 == 1


@define
class _Seen:
    files: int = 0
    declined: int = 0
    strings: int = 0
    regions: int = 0
    parsed: int = 0
    crashes: list[str] = field(factory=list)
    judged: list[tuple[Label, bool]] = field(factory=list)
    missing: list[Label] = field(factory=list)


def measure(terms: Terms) -> Part:
    """Read every file of the pinned releases; `limit` bounds the releases. Raises NothingToDoError where one cannot be fetched."""
    labels = read_labels()
    seen = _Seen()
    # sqlglot warns of each statement that it reads as a command only; those count as not parsed.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    for release in RELEASES[: terms.limit]:
        archive = archive_of(release)
        terms.say(f"{release.package} {release.version}")
        _read(release, python_files(archive), labels, seen)
    if not seen.files:
        raise NothingToDoError("the fetched archives hold no Python files; delete them and try again.")
    return _part(seen)


def read_labels() -> list[Label]:
    """The labels of the sample, as committed."""
    text = (files("understudy_server.bench.context") / "code_labels.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [Label(row[0], row[2], int(row[3]), int(row[4]), row[5] == "sql", row[6]) for row in rows]


def _read(release: Release, sources: Any, labels: Sequence[Label], seen: _Seen) -> None:
    wanted: dict[str, list[Label]] = {}
    for label in labels:
        if label.package == release.package:
            wanted.setdefault(label.file, []).append(label)
    for name, source in sources:
        seen.files += 1
        try:
            source.decode()
            regions = all_regions(source)
            document = Document(name, source.decode())
        except (UnicodeDecodeError, UnderstudyError):
            seen.declined += 1
            continue
        except Exception as error:  # the count of these is what is measured
            seen.crashes.append(f"{release.package} {name}: {type(error).__name__}")
            continue
        seen.regions += len(regions)
        seen.parsed += sum(parses(region) for region in regions)
        for label in wanted.pop(name, []):
            _judge(document, source, label, seen)
    seen.missing += [label for rest in wanted.values() for label in rest]


def _judge(document: Document, source: bytes, label: Label, seen: _Seen) -> None:
    lines, _ = read_lines(source, to_the_end=True)
    start = document.line_start(label.line - 1) + label.column - 1
    string = next((string for string in lines.strings if string.start == start), None)
    if string is None:
        seen.missing.append(label)
        return
    cursor = string.content
    # A hole at the very beginning is no place of the SQL.
    cursor += max((b - cursor for a, b in string.holes if a == cursor), default=0)
    seen.judged.append((label, find_region(document, cursor) is not None))


def parses(region: PythonRegion) -> bool:
    """Whether a dialect of sqlglot reads the text, parameters of drivers as names; text that is put together is read as it stands."""
    text = bytearray(region.masked[:_PARSED_BYTES])
    for token in tokenize(bytes(text)):
        if token.kind == "parameter" and token.text[0] == "%":
            text[token.start : token.end] = b"_" * (token.end - token.start)
    sql = text.decode("utf-8", "replace")
    for dialect in _DIALECTS:
        try:
            found = sqlglot.parse(sql, dialect=dialect or None)
        except Exception:  # noqa: S112  # on text that is no SQL of its dialect sqlglot raises TypeError and others, too
            continue
        if any(found) and not any(isinstance(one, sqlglot.exp.Command) for one in found):
            return True
    return False


def _part(seen: _Seen) -> Part:
    lines = []
    figures: dict[str, Any] = {"files": seen.files, "declined": seen.declined, "regions": seen.regions}
    halves = {
        "all": seen.judged,
        "tuned on": [pair for pair in seen.judged if not pair[0].held_out],
        "held out": [pair for pair in seen.judged if pair[0].held_out],
    }
    for name, judged in halves.items():
        counts = Counter((label.is_sql, found) for label, found in judged)
        right, missed, wrong = counts[True, True], counts[True, False], counts[False, True]
        recall = right / (right + missed) if right + missed else None
        precision = right / (right + wrong) if right + wrong else None
        figures[name] = {"n": len(judged), "sql": right + missed, "recall": recall, "precision": precision}
        for what, value, base in (
            ("recall", recall, right + missed),
            ("precision", precision, right + wrong),
        ):
            shown = "-" if value is None else f"{value:.3f} of {base}"
            met = None if value is None else value >= GOAL
            lines.append(Line(f"{what}, {name}", shown, f"≥ {GOAL}", met))
    figures["crashes"] = seen.crashes
    figures["not judged"] = [f"{label.file}:{label.line}" for label in seen.missing]
    figures["missed"] = [_named(label) for label, found in seen.judged if label.is_sql and not found]
    figures["taken for SQL"] = [_named(label) for label, found in seen.judged if found and not label.is_sql]
    share = seen.parsed / seen.regions if seen.regions else 0.0
    figures["share that parses"] = share
    lines.append(
        Line("strings labeled by eye", f"{len(seen.judged)} of {len(seen.judged) + len(seen.missing)}", "300")
    )
    lines.append(
        Line("crashes over all files", f"{len(seen.crashes)} in {seen.files:,}", "0", not seen.crashes)
    )
    lines.append(Line("SQL strings that parse", f"{share:.1%} of {seen.regions:,}"))
    return Part("SQL in real code", tuple(lines), figures)


def _named(label: Label) -> str:
    return f"{label.package} {label.file}:{label.line}:{label.column}"
