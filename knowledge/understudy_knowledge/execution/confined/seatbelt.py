"""macOS: closes this process in with a Seatbelt profile. NOT YET VERIFIED: no machine was at hand that could show it holds.

`sandbox_init` is deprecated and without a documented successor for programs outside the App Store; Chromium and Bazel rely on
the same profiles. Memory is not bounded here: the parent watches the resident size.
"""

import ctypes
import os

_PROFILE = """(version 1)
(deny default)
(deny network*)
(deny process-fork)
(deny process-exec*)
(allow sysctl-read)
(allow mach-lookup (global-name "com.apple.system.notification_center"))
(allow file-read-metadata)
"""


def close_in(readable: list[str]) -> None:
    """Deny all but reading below `readable`. Raises OSError when the profile is not accepted."""
    libc = ctypes.CDLL("/usr/lib/libSystem.dylib", use_errno=True)
    message = ctypes.c_char_p()
    if libc.sandbox_init(profile(readable).encode(), ctypes.c_uint64(0), ctypes.byref(message)) != 0:
        said = (message.value or b"").decode(errors="replace")
        raise OSError(ctypes.get_errno(), f"the Seatbelt profile was not accepted: {said}")


def profile(readable: list[str]) -> str:
    """The profile as text."""
    rules = [f"(allow file-read* (subpath {_quoted(os.path.realpath(path))}))\n" for path in readable]
    return _PROFILE + "".join(rules)


def _quoted(path: str) -> str:
    """A string of the profile language; a line break or quote in a path must not end it."""
    if any(ord(letter) < 32 for letter in path):
        raise OSError(f"{path!r} holds a control character, which a Seatbelt profile cannot name")
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
