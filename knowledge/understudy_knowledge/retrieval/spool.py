"""Numbers that come in pieces and are read as one array: in memory while they are few, in a nameless file when they are many."""

from tempfile import SpooledTemporaryFile
from typing import Generic, TypeVar

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

_IN_MEMORY = 8 * 2**20
_Number = TypeVar("_Number", bound=np.generic)


@define(eq=False)
class Spool(Generic[_Number]):
    """Numbers of one type. The file goes with the spool and its arrays, or with the process."""

    kind: type[_Number]
    _file: "SpooledTemporaryFile[bytes]" = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it lives as long as the arrays do

    def append(self, numbers: NDArray[_Number]) -> None:
        """Add these at the end."""
        self._file.write(numbers.astype(self.kind, copy=False).tobytes())

    def array(self) -> NDArray[_Number]:
        """All of them; nothing is added afterwards."""
        self._file.flush()
        size = self._file.tell()
        if size <= _IN_MEMORY:
            self._file.seek(0)
            return np.frombuffer(self._file.read(), dtype=self.kind)
        self._file.rollover()
        mapped: NDArray[_Number] = np.memmap(self._file._file, dtype=self.kind, mode="r").view(np.ndarray)
        return mapped
