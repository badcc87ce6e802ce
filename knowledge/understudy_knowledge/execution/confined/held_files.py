"""Inputs held in memory, for a kernel that cannot open single files to a job: it then opens none at all.

This is a convenience for the program, not a wall: the walls refuse every real open.
"""

import builtins
import io
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STEADY = "utf-8"


def hold(names: list[str]) -> None:
    """Read the files, relative to the working folder, and let `open` serve them from memory."""
    held: dict[str, bytes] = {}
    for name in names:
        with open(name, "rb") as file:  # noqa: PTH123
            held[os.path.realpath(name)] = file.read()
    former = builtins.open

    def open_held(file: "Any", mode: str = "r", *arguments: "Any", **options: "Any") -> "Any":
        found = held.get(os.path.realpath(file)) if isinstance(file, (str, os.PathLike)) else None
        if found is None or set(mode) & set("wax+"):
            return former(file, mode, *arguments, **options)
        stream = io.BytesIO(found)
        if "b" in mode:
            return stream
        return io.TextIOWrapper(
            stream,
            encoding=options.get("encoding") or _STEADY,
            errors=options.get("errors"),
            newline=options.get("newline"),
        )

    builtins.open = open_held
    io.open = open_held
