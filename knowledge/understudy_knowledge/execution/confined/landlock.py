"""The file-system wall: after `restrict`, only the given files and folders can be read, and nothing can be written.

Landlock needs no privileges. What each ABI adds is asked for where the kernel has it; what it lacks, the system-call filter
refuses anyway. See Documentation/userspace-api/landlock.rst.
"""

import ctypes
import os
import struct

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every machine
_VERSION_FLAG, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_RIGHTS_BY_ABI = (
    (1, (1 << 13) - 1),
    (2, 1 << 13),
    (3, 1 << 14),
    (5, 1 << 15),
)  # refer, truncate, ioctl on devices
_NETWORK = 0b11  # bind and connect by TCP, from ABI 4
_SCOPES = 0b11  # abstract sockets and signals, from ABI 6
_QUIET = 1  # from ABI 7 a refusal is logged by default; a hostile job would fill the system's log


def abi() -> int:
    """The Landlock version in force; 0 where there is none. Asks the kernel: /sys does not tell whether it is enabled."""
    libc = ctypes.CDLL(None, use_errno=True)
    return max(
        0, int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG)))
    )


def restrict(readable: list[str], abi: int, libc: ctypes.CDLL) -> None:
    """Everything but reading below `readable` is refused from here on. Raises OSError. Paths that are absent are left out."""
    rights = 0
    for since, added in _RIGHTS_BY_ABI:
        if abi >= since:
            rights |= added
    attributes = struct.pack("<QQQ", rights, _NETWORK if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    attributes = attributes[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    ruleset = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "the kernel made no Landlock ruleset")
    try:
        for path in readable:
            _allow(path, ruleset, libc)
        if libc.syscall(_RESTRICT_SELF, ruleset, _QUIET if abi >= 7 else 0) != 0:
            raise OSError(ctypes.get_errno(), "the Landlock ruleset was not accepted")
    finally:
        os.close(ruleset)


def _allow(path: str, ruleset: int, libc: ctypes.CDLL) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return
    try:
        folder = os.path.isdir(path)  # noqa: PTH112 - pathlib is not loaded in a zygote for SQL
        rights = _READ_FILE | _READ_DIR if folder else _READ_FILE
        rule = struct.pack("<Qi", rights, descriptor)  # packed: twelve bytes
        if libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0) != 0:
            raise OSError(ctypes.get_errno(), f"{path} could not be opened to the job")
    finally:
        os.close(descriptor)
