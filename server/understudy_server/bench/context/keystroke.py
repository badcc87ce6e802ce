"""Measure 4: what a keystroke costs, edit and query context apart, in long files; and whether that grows with the file.

Places are drawn at random, three of four in SQL; at each some characters or a paste are put in one after the other and
taken back again, every step followed by the query context behind it. So quotes, brackets and comments are left open for a
while, as while typing. As in the server, what is loaded at the start is frozen out of the garbage collector's sight, and
a file that was opened was read ahead.
"""

import cProfile
import gc
import pstats
import random
from collections.abc import Iterator, Sequence
from statistics import median
from time import perf_counter, process_time
from typing import Any, Literal

from attrs import frozen

from understudy_server.bench.context.long_files import (
    CATALOG,
    edit_text,
    places_of_sql,
    python_file,
    sql_file,
)
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.context.extract import extract
from understudy_server.context.read_ahead import read_ahead
from understudy_server.context.text.document import Document

_P50_MS, _P99_MS = 0.5, 3.0
_GROWTH = 1.3
"""What two measurements of the same thing may differ by here; a cost that grew with the file would be a hundred times as high."""
_KEYSTROKES = 6_000
_WARM_UP = 300
_BURST = 6


@frozen
class Kind:
    """A kind of file."""

    name: str
    language: Literal["sql", "python"]
    end: str = ""

    def text(self, lines: int, seed: int) -> str:
        """One of so many lines; of SQL about so many, as a statement has six of them with its comment."""
        if self.language == "python":
            return python_file(lines, lines // 50, seed)
        return sql_file(lines // 6, seed, self.end)


KINDS = (Kind("Python", "python"), Kind("SQL", "sql", ";"), Kind("SQL without ;", "sql"))
_LINES = {"python": 10_000, "sql": 3_000}
"""With 200 queries in Python; 500 statements, about 100 KB, of SQL."""


class Typist:
    """Somebody at work in one document; each step is one keystroke, then the query context behind it."""

    def __init__(self, kind: Kind, lines: int, seed: int) -> None:
        text = kind.text(lines, seed)
        self.language = kind.language
        self.document = Document(f"long.{'py' if kind.language == 'python' else 'sql'}", text)
        self.edit_seconds: list[float] = []
        self.extract_seconds: list[float] = []
        self.processor_seconds: list[float] = []
        """Of edit and context together: on a busy machine it says what the waiting hides."""
        self.found = 0
        self._places = places_of_sql(text)
        self._draw = random.Random(seed)  # noqa: S311
        self._steps = self._typing()
        read_ahead(self.document, self.language, len(self.document), CATALOG)

    def step(self) -> None:
        """One keystroke."""
        start, end, new, cursor = next(self._steps)
        before = (*self.document.position_at(start, "utf-16"), *self.document.position_at(end, "utf-16"))
        used = process_time()
        begun = perf_counter()
        self.document.apply_change(*before, new, "utf-16")
        edited = perf_counter()
        self.found += self.context_at(cursor) is not None
        self.edit_seconds.append(edited - begun)
        self.extract_seconds.append(perf_counter() - edited)
        self.processor_seconds.append(process_time() - used)

    def context_at(self, offset: int) -> object:
        """The query context there."""
        return extract(self.document, offset, language=self.language, catalog=CATALOG, dialect="sqlite")

    def forget(self) -> None:
        """Count from here."""
        self.edit_seconds.clear()
        self.extract_seconds.clear()
        self.processor_seconds.clear()
        self.found = 0

    def _typing(self) -> Iterator[tuple[int, int, str, int]]:
        """(start, end, text in their place, cursor) of one keystroke after the other, without end."""
        draw = self._draw
        while True:
            in_sql = draw.random() < 0.75
            place = draw.choice(self._places) if in_sql else draw.randrange(len(self.document))
            at = place
            for _ in range(draw.randrange(1, _BURST)):
                new = edit_text(draw)
                yield at, at, new, at + len(new)
                at += len(new)
            while at > place:
                # A word is deleted by one keystroke, a character too.
                start = max(at - draw.choice((1, 1, 1, 8, 400)), place)
                yield start, at, "", start
                at = start


def measure(terms: Terms) -> Part:
    """`limit` bounds the keystrokes of each kind of file."""
    keystrokes = terms.limit or _KEYSTROKES
    lines: list[Line] = []
    figures: dict[str, Any] = {}
    for kind in KINDS:
        terms.say(kind.name)
        typist = Typist(kind, _LINES[kind.language], terms.seed)
        _type([typist], keystrokes)
        lines += _lines(kind.name, typist)
        figures[kind.name] = _figures(typist) | {"stages": _stages(typist, min(keystrokes, 1_000))}
        shares = figures[kind.name]["stages"]
        lines.append(
            Line(f"{kind.name}: share of stages", ", ".join(f"{n} {s:.0%}" for n, s in shares.items()))
        )
    for kind in KINDS:
        terms.say(f"{kind.name}: growth")
        typists = {size: Typist(kind, size, terms.seed) for size in (1_000, 10_000, 100_000)}
        _type(list(typists.values()), keystrokes // 3)
        grown = {size: _median(each) for size, each in typists.items()}
        figures[f"{kind.name}: ms by lines"] = {str(size): cost for size, cost in grown.items()}
        ratio = grown[100_000] / grown[1_000]
        told = ", ".join(f"{cost:.2f}" for cost in grown.values())
        lines.append(
            Line(
                f"{kind.name}: p50 at 1k, 10k, 100k lines",
                f"{told} ms; x{ratio:.2f}",
                "does not grow",
                ratio <= _GROWTH,
            )
        )
    return Part("What a keystroke costs", tuple(lines), figures)


def _type(typists: Sequence[Typist], keystrokes: int) -> None:
    """The typists take turns, so that whatever else the machine does meets all of them alike."""
    for typist in typists:
        for _ in range(_WARM_UP):
            typist.step()
        typist.forget()
    gc.collect()
    gc.freeze()
    for _ in range(keystrokes):
        for typist in typists:
            typist.step()
    gc.unfreeze()


def _lines(name: str, typist: Typist) -> list[Line]:
    total = _total(typist)
    p50, p99 = _quantile(total, 0.5), _quantile(total, 0.99)
    edit, context = typist.edit_seconds, typist.extract_seconds
    apart = [f"{_quantile(each, 0.5):.2f} / {_quantile(each, 0.99):.2f} ms" for each in (edit, context)]
    return [
        Line(f"{name}: p50", f"{p50:.2f} ms", f"≤ {_P50_MS} ms", p50 <= _P50_MS),
        Line(f"{name}: p99", f"{p99:.2f} ms", f"≤ {_P99_MS:g} ms", p99 <= _P99_MS),
        Line(
            f"{name}: processor time alone (p50, p99)",
            f"{_quantile(typist.processor_seconds, 0.5):.2f}, {_quantile(typist.processor_seconds, 0.99):.2f} ms",
        ),
        Line(f"{name}: p90, max", f"{_quantile(total, 0.9):.2f}, {max(total) * 1e3:.2f} ms"),
        Line(f"{name}: edit, context (p50 / p99)", ", ".join(apart)),
    ]


def _figures(typist: Typist) -> dict[str, Any]:
    parts = {
        "keystroke": _total(typist),
        "processor": typist.processor_seconds,
        "edit": typist.edit_seconds,
        "extract": typist.extract_seconds,
    }
    figures: dict[str, Any] = {
        name: {str(share): _quantile(seconds, share) for share in (0.5, 0.9, 0.99, 1.0)}
        for name, seconds in parts.items()
    }
    return figures | {"keystrokes": len(typist.edit_seconds), "contexts": typist.found}


def _stages(typist: Typist, keystrokes: int) -> dict[str, float]:
    """The share of the whole that each function called by the edit's or the context's entry has, the largest first."""
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(keystrokes):
        typist.step()
    profile.disable()
    spent: dict[str, float] = {}
    whole = 0.0
    for (_, _, name), (_, _, _, cumulated, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        by = {caller[2]: seconds for caller, (_, _, _, seconds) in callers.items()}
        if name in ("apply_change", "extract") and "step" not in by and "context_at" not in by:
            continue
        if name in ("apply_change", "extract"):
            whole += cumulated
        if name == "apply_change":
            spent["edit"] = cumulated
        elif "extract" in by:
            spent[name.lstrip("_")] = spent.get(name.lstrip("_"), 0.0) + by["extract"]
    ranked = sorted(spent.items(), key=lambda each: -each[1])
    return {name: seconds / whole for name, seconds in ranked[:7]}


def _total(typist: Typist) -> list[float]:
    return [a + b for a, b in zip(typist.edit_seconds, typist.extract_seconds, strict=True)]


def _median(typist: Typist) -> float:
    return median(_total(typist)) * 1e3


def _quantile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1e3
