"""Runs happen on copies: which copy stands for which source, made once for each state of the source."""

import asyncio
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from attrs import define, field

from understudy_knowledge.execution.inputs import Inputs, copy_inputs
from understudy_knowledge.execution.snapshot import snapshot
from understudy_knowledge.execution.states import State, state_of
from understudy_knowledge.memory.records import DataSource

_PREFIX = "understudy-"


@define(eq=False)
class Copies:
    """Copies in a folder of this process's own, which `close` removes. Copies that its owner made already are used as they are."""

    _folder: Path | None = None
    _sources: dict[DataSource, tuple[State, DataSource]] = field(factory=dict)
    _inputs: dict[Inputs, tuple[State, Path]] = field(factory=dict)
    _locks: dict[object, asyncio.Lock] = field(factory=dict)

    async def of(self, source: DataSource) -> DataSource:
        """A copy of what `source` holds now. Raises DataSourceError."""
        if source.steady or source.address:
            return source
        async with self._locks.setdefault(source, asyncio.Lock()):
            state = state_of([source.path])
            known = self._sources.get(source)
            if known is not None and known[0] == state:
                return known[1]
            copy = await asyncio.to_thread(snapshot, source, self._place())
            self._sources[source] = state, copy
            return copy

    async def of_inputs(self, inputs: Inputs) -> Path:
        """A folder with copies of a program's inputs as they are now. Raises DataSourceError."""
        async with self._locks.setdefault(inputs, asyncio.Lock()):
            state = state_of([inputs.folder / name for name in inputs.names])
            known = self._inputs.get(inputs)
            if known is not None and known[0] == state:
                return known[1]
            place = Path(tempfile.mkdtemp(prefix="inputs-", dir=self._place()))
            await asyncio.to_thread(copy_inputs, inputs, place)
            if known is not None:
                shutil.rmtree(known[1], ignore_errors=True)
            self._inputs[inputs] = state, place
            return place

    def close(self) -> None:
        """Remove every copy."""
        self._sources.clear()
        self._inputs.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _place(self) -> Path:
        if self._folder is None:
            _sweep()
            self._folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        return self._folder


def _sweep() -> None:
    """Remove what a process that was killed could not remove itself. Only where a process can be looked up without harm."""
    if sys.platform == "win32":
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}[0-9]*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        try:
            os.kill(int(owner), 0)
        except ProcessLookupError:
            with suppress(OSError):
                if folder.stat().st_uid == os.getuid():
                    shutil.rmtree(folder, ignore_errors=True)
        except (OSError, ValueError):
            continue
