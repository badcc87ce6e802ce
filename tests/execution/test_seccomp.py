"""The system-call filter of both machines, run by a small interpreter of the kernel's filter language."""

import errno
import struct

import pytest

from understudy_knowledge.execution.confined.seccomp import assemble
from understudy_knowledge.execution.confined.syscalls import AUDIT_ARCH, TABLES
from understudy_knowledge.execution.confined.walls import Walls

ALLOW, KILL = 0x7FFF0000, 0x80000000
STRICT = Walls(memory=0, seconds=0)
PROGRAM = Walls(memory=0, seconds=0, files=True, threads=True)
TALKING = Walls(memory=0, seconds=0, socket=7)


def verdict(walls: Walls, machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    """What the kernel would answer to one call."""
    data = struct.pack(
        "<IIQ6Q",
        number,
        AUDIT_ARCH[machine] if arch is None else arch,
        0,
        *(list(arguments) + [0] * 6)[:6],
    )
    program = list(struct.iter_unpack("<HBBI", assemble(walls, 99, machine)))
    place = accumulator = 0
    while True:
        code, true, false, constant = program[place]
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, constant)
            place += 1
        elif code == 0x06:
            return int(constant)
        else:
            holds = {
                0x15: accumulator == constant,
                0x45: bool(accumulator & constant),
                0x35: accumulator >= constant,
            }[code]
            place += 1 + (true if holds else false)


def refused(number: int) -> int:
    return 0x00050000 | number


machines = pytest.mark.parametrize("machine", sorted(TABLES))


@machines
def test_no_call_is_made_but_those_of_the_table(machine: str) -> None:
    known = set(TABLES[machine].values())
    for number in range(600):
        if number not in known:
            assert verdict(PROGRAM, machine, number) == refused(errno.EPERM)


@machines
def test_another_machines_calls_kill(machine: str) -> None:
    for arch in (0, 0x40000003, *(value for name, value in AUDIT_ARCH.items() if name != machine)):
        assert verdict(PROGRAM, machine, 0, arch=arch) == KILL


def test_the_x32_table_kills() -> None:
    assert verdict(PROGRAM, "x86_64", 0x40000000 | 1) == KILL


@machines
def test_files_open_for_reading_only_and_only_where_they_may(machine: str) -> None:
    number = TABLES[machine]["openat"]
    assert verdict(PROGRAM, machine, number, 0, 0, 0o2000000) == ALLOW
    for flags in (0o1, 0o2, 0o100, 0o1000, 0o20200002):
        assert verdict(PROGRAM, machine, number, 0, 0, flags) == refused(errno.EACCES)
    assert verdict(STRICT, machine, number, 0, 0, 0) == refused(errno.EACCES)


@machines
def test_memory_is_never_made_executable_by_hand(machine: str) -> None:
    table = TABLES[machine]
    assert verdict(PROGRAM, machine, table["mmap"], 0, 0, 3, 0x22) == ALLOW
    assert verdict(PROGRAM, machine, table["mmap"], 0, 0, 5, 0x02) == ALLOW, "a library's code, from its file"
    assert verdict(PROGRAM, machine, table["mmap"], 0, 0, 5, 0x22) == refused(errno.EPERM)
    assert verdict(PROGRAM, machine, table["mmap"], 0, 0, 7, 0x02) == refused(errno.EPERM)
    assert verdict(PROGRAM, machine, table["mprotect"], 0, 0, 1) == ALLOW
    assert verdict(PROGRAM, machine, table["mprotect"], 0, 0, 5) == refused(errno.EPERM)


@machines
def test_threads_may_be_made_and_processes_not(machine: str) -> None:
    clone = TABLES[machine]["clone"]
    thread = 0x3D0F00
    assert verdict(PROGRAM, machine, clone, thread) == ALLOW
    assert verdict(STRICT, machine, clone, thread) == refused(errno.EPERM)
    for flags in (17, 0x01200011, 0x4111, thread | 0x10000000, thread & ~0x10000):
        assert verdict(PROGRAM, machine, clone, flags) == refused(errno.EPERM)
    assert verdict(PROGRAM, machine, TABLES[machine]["clone3"]) == refused(errno.ENOSYS)


@machines
def test_limits_are_read_and_never_set(machine: str) -> None:
    number = TABLES[machine]["prlimit64"]
    assert verdict(PROGRAM, machine, number, 0, 9, 0, 0x1234) == ALLOW
    for pointer in (1, 1 << 40, 0x7FFF_0000_0000):
        assert verdict(PROGRAM, machine, number, 0, 9, pointer) == refused(errno.EPERM)


@machines
def test_only_its_own_connection_is_talked_on(machine: str) -> None:
    number = TABLES[machine]["sendto"]
    assert verdict(TALKING, machine, number, 7) == ALLOW
    assert verdict(TALKING, machine, number, 8) == refused(errno.EPERM)
    assert verdict(PROGRAM, machine, number, 7) == refused(errno.EPERM)


@machines
def test_a_process_signals_nobody_but_itself(machine: str) -> None:
    number = TABLES[machine]["tgkill"]
    assert verdict(PROGRAM, machine, number, 99) == ALLOW
    assert verdict(PROGRAM, machine, number, 98) == refused(errno.EPERM)
