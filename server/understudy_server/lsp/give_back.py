"""Memory that was freed, given back to the system: where the C library would keep it for as long as the process runs."""

import ctypes
import sys
from contextlib import suppress


def give_back() -> None:
    """Takes milliseconds. Loading frees tens of megabytes that lie between what stays, and glibc alone gives none of them back."""
    if sys.platform == "linux":
        # Another C library has no such function, and needs none.
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
