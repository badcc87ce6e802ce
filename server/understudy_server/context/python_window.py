"""The stretch of a Python file around the cursor that is enough to parse its statement; the rest is never read."""

import re

MAX_BYTES = 32_000
"""At most this much above and below the cursor, so 64 KB in all."""
NEAR_BYTES = 4_000

# Lines that SQL in a string does not imitate: a function at any depth, and Python statements at column 0.
_FUNCTION = re.compile(rb"^([ \t]*)(?:async[ \t]+def|def|class)[ \t]+\w", re.MULTILINE)
_STATEMENT = re.compile(
    rb"""^(?:
        @[A-Za-z] | import[ ]\w | from[ ][\w.]+[ ]import[ ] | print\(
      | [A-Za-z_][\w.]*(?:\[[^\]\r\n]*\])?[ \t]*(?::[^=\r\n]+)?=[ \t]*(?:[A-Za-z]{0,2}["'] | [\w.]+\( | [(\[{] | \d)
      | [A-Za-z_]\w*(?:\.\w+)+\(
      | (?:with|for|if|while)[ ][^\r\n]*:[ \t]*\r?$ | try:
    )""",
    re.MULTILINE | re.VERBOSE,
)


def python_window(buffer: bytearray, offset: int) -> tuple[int, int] | None:
    """(start, end): from a line above the cursor where parsing may begin to one below where it may stop.

    None when there is no such line in reach: parsing from the middle of a string is slow and tells nothing.
    """
    found = _start(buffer, offset)
    if found is None:
        return None
    start, indent = found
    limit = min(offset + MAX_BYTES, len(buffer))
    line_end = buffer.find(b"\n", offset)
    if line_end < 0:
        return start, limit
    ends = [limit]
    if statement := _STATEMENT.search(buffer, line_end + 1, limit):
        ends.append(statement.start())
    for function in _FUNCTION.finditer(buffer, line_end + 1, min(ends)):
        if len(function.group(1)) <= indent:
            ends.append(function.start())
            break
    return start, min(ends)


def _start(buffer: bytearray, offset: int) -> tuple[int, int] | None:
    """Where to begin, and the indentation there; looks near the cursor first."""
    for distance in (NEAR_BYTES, MAX_BYTES):
        low = max(offset - distance, 0)
        low = buffer.rfind(b"\n", 0, low) + 1
        functions = [
            (match.start(), len(match.group(1))) for match in _FUNCTION.finditer(buffer, low, offset)
        ]
        statements = [match.start() for match in _STATEMENT.finditer(buffer, low, offset)]
        # The nearest of the outermost functions: one that is nested in it holds less than the cursor's surroundings.
        outermost = min((indent for _, indent in functions), default=0)
        function = max((start for start, indent in functions if indent == outermost), default=-1)
        statement = statements[-1] if statements else -1
        if statement > function:
            return _with_comments(buffer, statement), 0
        if function >= 0:
            return function, outermost
        if not low:
            return 0, 0
    return None


def _with_comments(buffer: bytearray, start: int) -> int:
    """The start moved above the comments, decorators and blank lines that stand over it."""
    while start:
        above = buffer.rfind(b"\n", 0, start - 1) + 1
        line = bytes(buffer[above : start - 1]).strip()
        if line and line[:1] not in (b"#", b"@"):
            break
        start = above
    return start
