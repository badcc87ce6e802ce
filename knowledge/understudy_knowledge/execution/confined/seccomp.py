"""The system-call filter: an allow-list, assembled for the kernel's classic BPF machine and installed by prctl.

Landlock does not see datagrams, path sockets, chmod, io_uring or fork; this does. It cannot see which file is opened, which
Landlock does. See seccomp(2) and Documentation/userspace-api/seccomp_filter.rst.
"""

import ctypes
import errno
import platform
import struct

from understudy_knowledge.execution.confined.syscalls import AUDIT_ARCH, CONDITIONAL, TABLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from understudy_knowledge.execution.confined.walls import Walls

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_LOAD, _JEQ, _JSET, _JGE, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000

_PROT_WRITE, _PROT_EXEC, _MAP_ANONYMOUS = 2, 4, 0x20
# O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_TMPFILE: whatever could change a file. O_TRUNC counts even for reading.
_WRITE_FLAGS = 0o1 | 0o2 | 0o100 | 0o1000 | 0o20000000
_CLONE_THREAD = (0x00010000, 0x00000100, 0x00000800)  # a new thread has all of THREAD, VM and SIGHAND
_CLONE_NAMESPACES = 0x7E020000
_IOCTLS = (0x5401, 0x5413, 0x5451, 0x5450)  # TCGETS, TIOCGWINSZ, FIOCLEX, FIONCLEX
_FCNTLS = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    36,
    37,
    38,
    1030,
)  # descriptors, flags and locks; not leases, owners or signals
_PRCTLS = (15, 0x53564D41)  # PR_SET_NAME, PR_SET_VMA: the C library names threads and memory

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, constant."""


def supported() -> bool:
    """Whether this machine has a table."""
    return platform.machine() in TABLES


def assemble(allowed: "Walls", process: int, machine: "str | None" = None) -> bytes:
    """The program for what `allowed` says; `process` is the id of the process it is for. Raises KeyError for a machine without a table."""
    machine = machine or platform.machine()
    table = TABLES[machine]
    program: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_JEQ, 1, 0, AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        program += [(_JGE, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    for name, number in table.items():
        if name not in CONDITIONAL:
            program += [(_JEQ, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for name, rule in _rules(allowed, process).items():
        if name in table:
            program += [(_JEQ, 0, len(rule), table[name]), *rule]
    program.append((_RETURN, 0, 0, _ERRNO | errno.EPERM))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


def install(program: bytes, prctl: "Callable[..., int]") -> None:
    """From here on only what the program allows. Raises OSError. `no_new_privs` must be set already."""
    text = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(text))
    head = ctypes.create_string_buffer(header, len(header))
    if prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_void_p(ctypes.addressof(head)), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the system-call filter was not accepted")


def _rules(allowed: "Walls", process: int) -> dict[str, list[Instruction]]:
    refuse_write = [*_load(2), (_JSET, 0, 1, _WRITE_FLAGS), _error(errno.EACCES), _allow()]
    refuse_write_x86 = [*_load(1), (_JSET, 0, 1, _WRITE_FLAGS), _error(errno.EACCES), _allow()]
    rules: dict[str, list[Instruction]] = {
        "openat": refuse_write if allowed.files else [_error(errno.EACCES)],
        "open": refuse_write_x86 if allowed.files else [_error(errno.EACCES)],
        "openat2": [_error(errno.ENOSYS)],
        "clone3": [
            _error(errno.ENOSYS)
        ],  # its flags lie behind a pointer; the C library then asks with clone
        # Executable memory comes from files alone, and is never writable: there is no place to put code in.
        "mmap": [
            *_load(2),
            (_JSET, 0, 4, _PROT_EXEC),
            (_JSET, 2, 0, _PROT_WRITE),
            *_load(3),
            (_JSET, 0, 1, _MAP_ANONYMOUS),
            _error(errno.EPERM),
            _allow(),
        ],
        "mprotect": [*_load(2), (_JSET, 0, 1, _PROT_EXEC), _error(errno.EPERM), _allow()],
        "ioctl": _one_of(1, _IOCTLS, errno.ENOTTY),
        "fcntl": _one_of(1, _FCNTLS, errno.EPERM),
        "prctl": _one_of(0, _PRCTLS, errno.EPERM),
        # Root could raise its own limits: reading them is all there is.
        "prlimit64": [
            *_load(2),
            (_JEQ, 0, 3, 0),
            *_load(2, high=True),
            (_JEQ, 0, 1, 0),
            _allow(),
            _error(errno.EPERM),
        ],
        "tgkill": _one_of(0, (process,), errno.EPERM),  # abort() signals itself
        "clone": [_error(errno.EPERM)],
    }
    if allowed.threads:
        rules["clone"] = [
            *_load(0),
            *[step for flag in _CLONE_THREAD for step in ((_JSET, 1, 0, flag), _error(errno.EPERM))],
            (_JSET, 0, 1, _CLONE_NAMESPACES),
            _error(errno.EPERM),
            _allow(),
        ]
    if allowed.socket is not None:
        for name in ("sendto", "recvfrom", "getsockopt"):
            rules[name] = _one_of(0, (allowed.socket,), errno.EPERM)
    return rules


def _load(argument: int, *, high: bool = False) -> list[Instruction]:
    """The lower (or higher) half of an argument; both machines are little-endian."""
    return [(_LOAD, 0, 0, _ARGUMENTS + 8 * argument + 4 * high)]


def _one_of(argument: int, values: "Iterable[int]", otherwise: int) -> list[Instruction]:
    steps: list[Instruction] = _load(argument)
    for value in values:
        steps += [(_JEQ, 0, 1, value), _allow()]
    return [*steps, _error(otherwise)]


def _allow() -> Instruction:
    return (_RETURN, 0, 0, _ALLOW)


def _error(number: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | number)
