"""Windows: a worker in an AppContainer without capabilities, held by a Job Object. NOT YET VERIFIED: no machine was at hand.

A process cannot enter a container by itself, so a launcher starts the worker in one, lends it its own stdin and stdout, and waits. When
the launcher is killed its handle of the Job Object closes, and the worker goes with it. Whether all this holds is tried on the user's
machine before a program may run behind it. See "AppContainer Isolation" and "Job Objects" in Microsoft's documentation.
"""

import ctypes
import os
import subprocess
from ctypes import c_int64, c_size_t, c_uint16, c_uint32, c_uint64, c_void_p, c_wchar_p

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

NAME = "Understudy.Jobs"
_ALREADY_EXISTS = 0x800700B7
_SECURITY_CAPABILITIES, _HANDLE_LIST = 0x00020009, 0x00020002
_SUSPENDED, _EXTENDED, _NO_WINDOW, _USE_HANDLES = 0x4, 0x80000, 0x08000000, 0x100
_EXTENDED_LIMITS, _UI_LIMITS = 9, 4
_PROCESS_TIME, _ONE_PROCESS, _PROCESS_MEMORY, _DIE, _KILL_ON_CLOSE = 0x2, 0x8, 0x100, 0x400, 0x2000
_ALL_UI = 0xFF
_FOREVER = 0xFFFFFFFF
_TICKS = 10_000_000  # Windows counts time in tenths of a microsecond


class Capabilities(ctypes.Structure):
    """SECURITY_CAPABILITIES: who the container is, and that it may nothing besides."""

    _fields_ = [
        ("container", c_void_p),
        ("capabilities", c_void_p),
        ("count", c_uint32),
        ("reserved", c_uint32),
    ]


class Startup(ctypes.Structure):
    """STARTUPINFOEXW."""

    _fields_ = [
        ("size", c_uint32),
        ("names", c_void_p * 3),
        ("window", c_uint32 * 7),
        ("flags", c_uint32),
        ("show", c_uint16),
        ("reserved_size", c_uint16),
        ("reserved", c_void_p),
        ("handles", c_void_p * 3),
        ("attributes", c_void_p),
    ]


class Started(ctypes.Structure):
    """PROCESS_INFORMATION."""

    _fields_ = [
        ("process", c_void_p),
        ("thread", c_void_p),
        ("process_id", c_uint32),
        ("thread_id", c_uint32),
    ]


class Bounds(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = [
        ("process_time", c_int64),
        ("job_time", c_int64),
        ("flags", c_uint32),
        ("smallest_set", c_size_t),
        ("largest_set", c_size_t),
        ("processes", c_uint32),
        ("affinity", c_size_t),
        ("priority", c_uint32),
        ("scheduling", c_uint32),
        ("transfers", c_uint64 * 6),
        ("process_memory", c_size_t),
        ("job_memory", c_size_t),
        ("peaks", c_size_t * 2),
    ]


def launch(command: list[str], readable: list[str]) -> "NoReturn":
    """Run `command`, which may read below `readable`, in the container, and end as it ends. Raises OSError."""
    import msvcrt

    container = _container()
    for path in readable:
        open_to_container(path)
    handles = [msvcrt.get_osfhandle(each) for each in (0, 1)]  # type: ignore[attr-defined,unused-ignore]
    for handle in handles:
        os.set_handle_inheritable(handle, True)  # type: ignore[attr-defined,unused-ignore]
    process, thread = _start(command, container, handles)
    kernel = _library("kernel32")
    job = _job(Bounds(flags=_KILL_ON_CLOSE | _ONE_PROCESS | _DIE, processes=1), process)
    _must(kernel.ResumeThread(c_void_p(thread)) != _FOREVER, "the worker could not be resumed")
    kernel.WaitForSingleObject(c_void_p(process), c_uint32(_FOREVER))
    status = c_uint32()
    kernel.GetExitCodeProcess(c_void_p(process), ctypes.byref(status))
    kernel.CloseHandle(c_void_p(job))
    os._exit(status.value & 0xFF)


def bound(memory: int, seconds: float) -> None:
    """Put this process in a Job Object of its own: `memory` bytes on top of what it uses, processor seconds. Raises OSError.

    Its handle is closed at once, so that nothing that runs here can widen it.
    """
    kernel = _library("kernel32")
    own = kernel.GetCurrentProcess()
    counters = (c_size_t * 10)()  # PROCESS_MEMORY_COUNTERS: two 32-bit numbers, then sizes
    counters_size = c_uint32(ctypes.sizeof(counters) - ctypes.sizeof(c_size_t))
    kernel.K32GetProcessMemoryInfo(c_void_p(own), counters, counters_size)
    spent = sum(os.times()[:2])
    bounds = Bounds(flags=_PROCESS_MEMORY | _PROCESS_TIME | _ONE_PROCESS | _DIE, processes=1)
    bounds.process_memory = counters[7] + memory  # PagefileUsage: what counts against this limit
    bounds.process_time = int((spent + seconds + 2) * _TICKS)
    kernel.CloseHandle(c_void_p(_job(bounds, own)))


def open_to_container(path: str) -> None:
    """Let the container read `path` and what lies below it. Raises OSError."""
    text = c_wchar_p()
    made = _library("advapi32").ConvertSidToStringSidW(c_void_p(_container()), ctypes.byref(text))
    _must(made, "the container has no name")
    rights = "(OI)(CI)(RX)" if os.path.isdir(path) else "(RX)"  # noqa: PTH112 - as elsewhere inside the walls
    program = os.path.join(os.environ["SYSTEMROOT"], "System32", "icacls.exe")  # noqa: PTH118
    said = subprocess.run(  # noqa: S603 - no word of it is anyone else's
        [program, path, "/grant", f"*{text.value}:{rights}", "/Q"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    _must(said.returncode == 0, f"{path} could not be opened to the container")


def _container() -> int:
    """The container's security identifier; the container is made where it is not there yet."""
    users = _library("userenv")
    found = c_void_p()
    code = users.CreateAppContainerProfile(NAME, NAME, NAME, None, 0, ctypes.byref(found))
    if code & 0xFFFFFFFF == _ALREADY_EXISTS:
        code = users.DeriveAppContainerSidFromAppContainerName(NAME, ctypes.byref(found))
    _must(code == 0 and found.value, "Windows made no AppContainer")
    return int(found.value or 0)


def _start(command: list[str], container: int, handles: list[int]) -> tuple[int, int]:
    """Handles of a suspended process and its thread."""
    kernel = _library("kernel32")
    size = c_size_t()
    kernel.InitializeProcThreadAttributeList(None, 2, 0, ctypes.byref(size))
    attributes = ctypes.create_string_buffer(size.value)
    _must(
        kernel.InitializeProcThreadAttributeList(attributes, 2, 0, ctypes.byref(size)),
        "no attributes could be set",
    )
    capabilities = Capabilities(container=container)
    lent = (c_void_p * len(handles))(*handles)
    for number, value in ((_SECURITY_CAPABILITIES, capabilities), (_HANDLE_LIST, lent)):
        done = kernel.UpdateProcThreadAttribute(
            attributes, 0, c_size_t(number), ctypes.byref(value), c_size_t(ctypes.sizeof(value)), None, None
        )
        _must(done, "Windows took no attributes of a process")
    startup = Startup(size=ctypes.sizeof(Startup), flags=_USE_HANDLES)
    startup.handles[0], startup.handles[1] = handles
    startup.attributes = ctypes.addressof(attributes)
    started = Started()
    done = kernel.CreateProcessW(
        command[0],
        ctypes.create_unicode_buffer(subprocess.list2cmdline(command)),
        None,
        None,
        1,
        c_uint32(_SUSPENDED | _EXTENDED | _NO_WINDOW),
        None,
        os.path.dirname(command[0]),  # noqa: PTH120
        ctypes.byref(startup),
        ctypes.byref(started),
    )
    _must(done, "the worker could not be started in its container")
    return int(started.process), int(started.thread)


def _job(bounds: Bounds, process: int) -> int:
    """A Job Object that holds `process`; it cannot start another one, nor reach the desktop."""
    kernel = _library("kernel32")
    job = kernel.CreateJobObjectW(None, None)
    desktop = c_uint32(_ALL_UI)
    for number, value in ((_EXTENDED_LIMITS, bounds), (_UI_LIMITS, desktop)):
        done = kernel.SetInformationJobObject(
            c_void_p(job), number, ctypes.byref(value), c_uint32(ctypes.sizeof(value))
        )
        _must(done, "the Job Object took no limits")
    _must(kernel.AssignProcessToJobObject(c_void_p(job), c_void_p(process)), "the Job Object took no process")
    return int(job)


def _library(name: str) -> "Any":
    """A library of the system, from its own folder alone; handles are as wide as pointers."""
    load = getattr(ctypes, "WinDLL", None)
    if load is None:
        raise OSError("this is Windows' boundary")
    library = load(f"{name}.dll", use_last_error=True, winmode=0x800)
    if name == "kernel32":
        library.GetCurrentProcess.restype = c_void_p
        library.CreateJobObjectW.restype = c_void_p
    return library


def _must(done: object, otherwise: str) -> None:
    if not done:
        number = getattr(ctypes, "get_last_error", ctypes.get_errno)()
        raise OSError(number, otherwise)
