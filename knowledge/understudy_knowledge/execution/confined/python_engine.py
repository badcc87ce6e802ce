"""A Python program inside the walls: it reads what lies below its folder and the libraries, and writes nothing.

Its answer is the value of its last expression, else what it left under the name `result`, `answer` or `df`.
"""

import ast
import errno
import os
import sys

from understudy_knowledge.execution.confined.refused import RefusedError
from understudy_knowledge.execution.confined.table import Table
from understudy_knowledge.execution.confined.values import table_of
from understudy_knowledge.execution.confined.walls import Walls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from understudy_knowledge.execution.confined.job import Opened

# A library that is imported late still needs those of the system; none of them is a secret.
_SYSTEM = ("/usr/share/zoneinfo", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
_ANSWERS = ("result", "answer", "df")
_BY_NUMBER = {errno.EPERM: "refused", errno.EACCES: "refused", errno.EROFS: "refused", errno.ENOMEM: "memory"}
_KINDS: "tuple[tuple[type[BaseException], str], ...]" = (
    (MemoryError, "memory"),
    (RecursionError, "error"),
    (SyntaxError, "syntax"),
    (PermissionError, "refused"),
    (NameError, "unknown-name"),
    (AttributeError, "unknown-name"),
    (KeyError, "unknown-name"),
    (ImportError, "unknown-name"),
    (FileNotFoundError, "unknown-name"),
    (TypeError, "type-error"),
    (ValueError, "type-error"),
)


def opened(request: "dict[str, Any]") -> "Opened":
    """The working folder, and walls within which only it and the libraries can be read."""
    folder = request["folder"]
    try:
        os.chdir(folder)
    except OSError as error:
        raise RefusedError("unavailable", str(error)) from error
    if not request["abi"]:
        from understudy_knowledge.execution.confined.held_files import hold

        hold(request["inputs"])
    walls = Walls(
        memory=request["memory"],
        seconds=request["seconds"],
        readable=[folder, *_SYSTEM, *filter(None, sys.path)],
        files=True,
        threads=True,
    )
    return walls, lambda: run(request)


def run(request: "dict[str, Any]") -> Table:
    """The answer of `request["code"]` as rows; raises RefusedError with the outcome's kind."""
    try:
        value = evaluate(request["code"])
        return table_of(value, request)
    except RefusedError:
        raise
    except BaseException as error:
        raise RefusedError(_kind(error), _sentence(error)) from None


def evaluate(code: str) -> "Any":
    """Runs a program and takes its answer. Raises whatever the program raises."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    exec(compile(tree, "<program>", "exec"), names)  # noqa: S102 - running it is what this process is for
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "<program>", "eval"), names)  # noqa: S307
    for name in _ANSWERS:
        if name in names:
            return names[name]
    raise RefusedError("error", "the program leaves no answer: end it with an expression, or set `result`")


def _kind(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno in _BY_NUMBER:
        return _BY_NUMBER[error.errno]
    return next((kind for known, kind in _KINDS if isinstance(error, known)), "error")


def _sentence(error: BaseException) -> str:
    """The error in its own words, with the line of the program where it rose."""
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<program>":
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        said = str(error)[:400]
    except BaseException:
        said = ""
    return f"{type(error).__name__}: {said}" + (f" (line {line})" if line else "")
