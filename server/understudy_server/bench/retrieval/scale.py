"""Measure 4: what an index of a thousand, a hundred thousand and a million cases takes, and how much of the exact answer it finds."""

import tempfile
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from understudy_knowledge.errors import NothingToDoError
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.bench.retrieval.real_items import real_items
from understudy_server.bench.retrieval.scale_child import build, search

_SIZES = (1_000, 100_000, 1_000_000)
_P99_MS = 1.0
_QUERIES = 2_000
_MOST_REAL = 4_000
"""Real questions that the variations are made of."""


def measure(terms: Terms) -> Part:
    """`limit` bounds the queries and the real questions."""
    if terms.data is None:
        raise NothingToDoError("this measurement needs the data bundles; name their folder with --data")
    terms.say("reading the real questions")
    limit = min(terms.limit or _MOST_REAL, _MOST_REAL)
    real = [item.entry for item in real_items(terms.data, limit)]
    lines: list[Line] = []
    figures: dict[str, Any] = {}
    for size in terms.sizes or _SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            terms.say(f"building an index of {size:,} cases")
            figures[str(size)] = _alone(build, real, size, terms.seed, folder)
            terms.say(f"searching {size:,} cases")
            figures[str(size)] |= _alone(
                search, real, size, terms.seed, folder, min(terms.limit or _QUERIES, _QUERIES)
            )
        lines += _lines(size, figures[str(size)])
    return Part("The index at scale", tuple(lines), figures)


def _alone(work: Callable[..., dict[str, Any]], *arguments: object) -> dict[str, Any]:
    """What the work says in a process of its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _lines(size: int, told: dict[str, Any]) -> list[Line]:
    lines = []
    for name in ("search", "embedding"):
        p50, p99 = told[f"{name}_p50_ms"], told[f"{name}_p99_ms"]
        processor = f"{told[f'{name}_p50_processor_ms']:.2f}, {told[f'{name}_p99_processor_ms']:.2f} ms"
        lines += [
            Line(
                f"{size:,} cases: {name} (p50, p99)",
                f"{p50:.2f}, {p99:.2f} ms",
                f"p99 ≤ {_P99_MS:g} ms",
                p99 <= _P99_MS,
            ),
            Line(f"{size:,} cases: {name} in processor time alone", processor),
        ]
    recalls = ", ".join(f"{told[key]:.3f}" for key in ("recall@1", "recall@8"))
    dense = ", ".join(f"{told[key]:.3f}" for key in ("dense_recall@1", "dense_recall@8"))
    return [
        *lines,
        Line(f"{size:,} cases: recall@1, @8 of all legs together", recalls),
        Line(f"{size:,} cases: recall@1, @8 of the dense leg", dense),
        Line(
            f"{size:,} cases: build",
            f"{told['build_seconds']:.0f} s ({told['build_processor_seconds']:.0f} s of processor), {told['build_megabytes']:.0f} MB",
        ),
        Line(
            f"{size:,} cases: load; memory then, and after {told['queries']:,} queries",
            f"{told['load_seconds']:.2f} s; {told['load_megabytes']:.0f}, {told['searched_megabytes']:.0f} MB",
        ),
        Line(f"{size:,} cases: on disk", f"{told['disk_megabytes']:.0f} MB"),
    ]
