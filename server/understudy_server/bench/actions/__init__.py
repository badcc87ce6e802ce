"""The measurements of code actions and diagnostics: one file each, with a public `measure`."""

from importlib import import_module

from understudy_server.bench.part import Measure

PARTS = ("round_trips", "data_frames", "mistakes")
"""In the order in which they run."""


def measurement(name: str) -> Measure:
    """The measurement of that name, imported now."""
    measure: Measure = import_module(f"understudy_server.bench.actions.{name}").measure
    return measure
