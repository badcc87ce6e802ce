"""Measure 2: gold queries inside of generated Python, in every form a string has; found, and with every place exact.

A place is exact where the text before it is the query's. What stands between the region's beginning and the cursor is
compared piece by piece with what was generated: a character, also one written as an escape or doubled for a template,
is itself at its own offset, with nothing but spaces to the width it is written in; a hole (a field of a template, the
operand between two literals) is an identifier of its own width; and between the pieces stands white space only. So one
offset is one place, in the source and in the SQL. Escapes of letters and digits are written inside of SQL strings only: no one
spells a keyword with them, and a name cannot be wider than it is.
"""

import gzip
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from understudy_knowledge.errors import NothingToDoError
from understudy_server.bench.context.wrapped_forms import FORMS, Wrapped, wrap
from understudy_server.bench.context.wrapped_writer import Unit
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.context.extract import extract
from understudy_server.context.python.regions import all_regions, find_region
from understudy_server.context.text.document import Document

_PLACES = 6
_EXAMPLES = 20
_IDENTIFIER = re.compile(rb"[A-Za-z0-9_]+\Z")


def measure(terms: Terms) -> Part:
    """Wrap every gold query once; `limit` bounds them. Raises NothingToDoError where the data is absent."""
    queries = _queries(terms.data)
    draw = random.Random(terms.seed)  # noqa: S311
    draw.shuffle(queries)
    counts: Counter[str] = Counter()
    wrong: list[dict[str, str]] = []
    for done, sql in enumerate(queries[: terms.limit]):
        if done and done % 2_000 == 0:
            terms.say(f"{done} queries")
        wrapped = wrap(sql, draw)
        for kind, text in check(wrapped, draw, counts):
            if len(wrong) < _EXAMPLES:
                wrong.append({"kind": kind, "form": wrapped.form, "text": text})
    return _part(counts, wrong)


def check(wrapped: Wrapped, draw: random.Random, counts: Counter[str]) -> list[tuple[str, str]]:
    """Look from several places of the query; (what is wrong, the source with the cursor as ⎸) of each that is not right."""
    document = Document("wrapped.py", wrapped.source.decode())
    wrong = []
    places = [unit for unit in wrapped.units if not unit.hole]
    chosen = [places[0], places[-1], *draw.sample(places, min(_PLACES - 2, len(places)))]
    for index, unit in enumerate(chosen):
        counts[f"{wrapped.form}: places"] += 1
        region = find_region(document, unit.start)
        if region is None:
            wrong.append(("not found", _marked(wrapped, unit.start)))
            continue
        counts[f"{wrapped.form}: found"] += 1
        start = region.span.start
        exact = reads_as_written(region.masked, start, wrapped.units, unit.start)
        if exact and index == 2:
            context = extract(document, unit.start, language="python")
            exact = context is not None and region.masked[: unit.start - start].decode().endswith(
                context.prefix
            )
        counts[f"{wrapped.form}: exact"] += exact
        if not exact:
            wrong.append(
                ("inexact", _marked(wrapped, unit.start) + "\n" + region.masked.decode("utf-8", "replace"))
            )
    whole = [
        region
        for region in all_regions(wrapped.source)
        if region.span.start <= places[0].start <= region.span.end
    ]
    counts["whole files"] += 1
    counts["whole files: found"] += bool(whole)
    if not whole:
        wrong.append(("not found in the whole file", _marked(wrapped, places[0].start)))
    return wrong


def reads_as_written(masked: bytes, start: int, units: tuple[Unit, ...], cursor: int) -> bool:
    """Whether masked text that begins at `start` is, up to the cursor, what the units say; see the module."""
    position = start
    for unit in units:
        if unit.start >= cursor:
            break
        if unit.start < start or masked[position - start : unit.start - start].strip():
            return False
        written = masked[unit.start - start : unit.end - start]
        if unit.hole:
            if not _IDENTIFIER.match(written):
                return False
        elif written.strip(b" ") != unit.text.strip(" \t").encode():
            return False
        position = unit.end
    return not masked[position - start : cursor - start].strip()


def _queries(data: Path | None) -> list[str]:
    path = data / "train" / "items.jsonl.gz" if data else None
    if path is None or not path.is_file():
        raise NothingToDoError(
            "The gold queries are not there: pass the folder that holds train/items.jsonl.gz with --data."
        )
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return sorted({json.loads(line)["gold_sql"].strip() for line in lines})


def _marked(wrapped: Wrapped, cursor: int) -> str:
    return wrapped.source[:cursor].decode() + "⎸" + wrapped.source[cursor:].decode()


def _part(counts: Counter[str], wrong: list[dict[str, str]]) -> Part:
    lines = []
    figures: dict[str, Any] = {"wrong": wrong, "counts": dict(counts)}
    for what in ("found", "exact"):
        done = sum(counts[f"{form}: {what}"] for form in FORMS)
        of = sum(counts[f"{form}: places"] for form in FORMS)
        goal = "region found" if what == "found" else "mapped place exact"
        lines.append(Line(goal, f"{done / of:.2%} of {of:,}", "100 %", done == of))
        figures[what] = done / of
    whole, found = counts["whole files"], counts["whole files: found"]
    lines.append(
        Line("found in the whole file", f"{found / whole:.2%} of {whole:,}", "100 %", found == whole)
    )
    for form in FORMS:
        places = counts[f"{form}: places"]
        if places:
            shown = f"{counts[f'{form}: found'] / places:.2%} found, {counts[f'{form}: exact'] / places:.2%} exact of {places:,}"
            lines.append(Line(f"  {form}", shown))
    return Part("Queries in generated Python", tuple(lines), figures)
