"""The measurements of the context engine: one file each, with a public `measure`."""

from importlib import import_module

from understudy_server.bench.part import Measure

PARTS = ("gold", "wrapped", "code", "names", "keystroke", "memory", "edits", "catalog")
"""In the order in which they run: what is right first, then what it costs."""


def measurement(name: str) -> Measure:
    """The measurement of that name, imported now."""
    measure: Measure = import_module(f"understudy_server.bench.context.{name}").measure
    return measure
