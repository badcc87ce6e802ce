"""Secrets out of a text before it goes into a prompt. Linear patterns of well-known shapes; what has no shape, it cannot see."""

import re

_MARK = "[redacted]"
_SHAPES = (
    (
        ("PRIVATE KEY-----",),
        re.compile(
            r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,8000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)"
        ),  # with whatever a comment puts between its lines; one that a budget cut short runs to the end
    ),
    (("AKIA", "ASIA"), re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    (("gh",), re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,255}")),
    (("github_pat_",), re.compile(r"\bgithub_pat_[A-Za-z0-9_]{40,255}")),
    (("xox",), re.compile(r"\bxox[baprs]-[A-Za-z0-9-]{10,250}")),
    (("sk-",), re.compile(r"\bsk-[A-Za-z0-9_-]{20,250}")),
    (("AIza",), re.compile(r"\bAIza[0-9A-Za-z_-]{35}")),
    (("eyJ",), re.compile(r"\beyJ[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,4000}")),
)
"""Each behind the letters without which it cannot be there: to look for those takes a hundredth of the time."""
_BEARER = re.compile(r"(\bbearer\s{1,4})[\w.~+/=-]{16,4000}", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(://[^\s:/@'\"]{0,100}:)[^\s@/'\"]{1,200}(?=@)")
_ASSIGNED = re.compile(
    r"([\w-]{0,40}(?:password|passwd|pwd|secret|token|api_?key|access_?key|private_?key)[\w-]{0,40}['\"]?\s{0,4}[=:]\s{0,4})"
    r"(['\"])[^'\"\n]{4,400}\2",
    re.IGNORECASE,
)
_ASSIGNS = ("pass", "pwd", "secret", "token", "key")
"""One of them is in every name that `_ASSIGNED` knows."""


def redact(text: str) -> str:
    """The text with keys, tokens and passwords replaced; everything else stays as it is, line by line."""
    for letters, shape in _SHAPES:
        if any(each in text for each in letters):
            text = shape.sub(lambda match: _MARK + "\n" * match.group().count("\n"), text)
    lowered = text.casefold()
    if "bearer" in lowered:
        text = _BEARER.sub(rf"\1{_MARK}", text)
    if "://" in text:
        text = _URL_PASSWORD.sub(rf"\1{_MARK}", text)
    if any(each in lowered for each in _ASSIGNS):
        text = _ASSIGNED.sub(rf"\1\2{_MARK}\2", text)
    return text
