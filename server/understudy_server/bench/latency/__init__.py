"""The measurements of the path from keystroke to suggestion against a real model server: one file each, with a public `measure`."""

from importlib import import_module

from understudy_server.bench.part import Measure

PARTS = (
    "overhead", "remembered", "cancellation", "prompt_cache", "validity", "footprint", "exploring", "beside",
)  # fmt: skip
"""In the order in which they run."""


def measurement(name: str) -> Measure:
    """The measurement of that name, imported now."""
    measure: Measure = import_module(f"understudy_server.bench.latency.{name}").measure
    return measure
