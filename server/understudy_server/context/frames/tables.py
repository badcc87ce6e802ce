"""Frames that SQL may name as tables, before the tables of a catalog."""

from collections.abc import Mapping

from understudy_knowledge.catalog import Column, Table
from understudy_server.context.frames.values import Frame
from understudy_server.context.tables import Tables


class FrameTables:
    """`frames` by name, then the tables of `below`; a frame of which not every column is known is a table without any."""

    def __init__(self, frames: Mapping[str, Frame], below: Tables | None) -> None:
        self._frames = {name.lower(): name for name in frames}
        self._by_name = frames
        self._below = below

    def table(self, name: str) -> Table | None:
        """The frame, or what the tables below have of that name."""
        known = self._frames.get(name.lower())
        if known is not None:
            return frame_table(known, self._by_name[known])
        return self._below.table(name) if self._below else None

    def short_path(self, table: Table) -> str:
        """How a query calls the table: a frame by its name."""
        own = self._frames.get(table.name.lower()) == table.name and not table.source
        return table.name if own or self._below is None else self._below.short_path(table)


def frame_table(name: str, frame: Frame) -> Table:
    """The frame as a table, with all of its columns or, where one may be missing or too many, with none."""
    certain = not frame.open and all(column.certain for column in frame.columns)
    columns = tuple(Column(str(column.name), family=column.family) for column in frame.columns)
    return Table(name, columns if certain else ())
