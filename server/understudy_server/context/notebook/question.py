"""The question that stands in the Markdown above a cell: the last sentence that asks, else the last heading or paragraph."""

import re
from collections.abc import Sequence
from itertools import pairwise

from understudy_server.context.notebook.cells import Cell
from understudy_server.context.query_context import Question, Span
from understudy_server.context.sql.question_lines import as_question

MAX_CELLS = 8
_MAX_BYTES = 8_000

_FENCE = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_PARAGRAPH = re.compile(r"[ \t]*#{1,6}[ \t][^\n]*|[^\n]+(?:\n(?![ \t]*(?:\n|#|[-*+] |\d+[.)] ))[^\n]+)*")
_MARKUP = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,300}\)|<[^>\n]{1,200}>|\*\*|__|[*`]")
# The marks that end a sentence in Chinese and Japanese are written as escapes: they look like others.
_SENTENCE_END = re.compile(
    "(?<=[.!?])[\\s*_`]+(?=[A-Z\u00c0-\u00de\u00bf\u00a1\u0400-\u04ff])|(?<=[\u3002\uff01\uff1f])"
)
_ASKS = ("?", "\uff1f")


def question_above(cells: Sequence[Cell]) -> Question | None:
    """What the nearest Markdown cell asks of the cell below `cells`; its span is in that cell, which `document` names."""
    for cell in reversed(cells[-MAX_CELLS:]):
        if cell.kind == "markdown":
            found = question_of_markdown(cell.document.text(0, min(len(cell.document), _MAX_BYTES)))
            if found is not None:
                text, span = found
                return Question(text, "markdown", span, cell.document.name)
    return None


def question_of_markdown(markdown: str) -> tuple[str, Span] | None:
    """(the question, its place in bytes); None where the text says nothing."""
    plain = _FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), markdown)
    last: tuple[str, int, int] | None = None
    asked: tuple[str, int, int] | None = None
    for paragraph in _PARAGRAPH.finditer(plain):
        if found := _said(paragraph.group(), paragraph.start(), paragraph.end()):
            last = found
        for start, end in _sentences(paragraph.group()):
            sentence = paragraph.group()[start:end]
            if sentence.rstrip(" \t\n*_`").endswith(_ASKS) and (
                found := _said(sentence, paragraph.start() + start, paragraph.start() + end)
            ):
                asked = found
    chosen = asked or last
    if chosen is None:
        return None
    text, start, end = chosen
    first = len(plain[:start].encode("utf-8", "replace"))
    return text, Span(first, first + len(plain[start:end].encode("utf-8", "replace")))


def _sentences(paragraph: str) -> list[tuple[int, int]]:
    cuts = [0, *(match.end() for match in _SENTENCE_END.finditer(paragraph)), len(paragraph)]
    return list(pairwise(cuts))


def _said(text: str, start: int, end: int) -> tuple[str, int, int] | None:
    """The text without its markup; None for rulers, code, and pictures alone."""
    words = as_question([_MARKUP.sub(r"\1", line) for line in text.splitlines()])
    head, tail = len(text) - len(text.lstrip()), len(text) - len(text.rstrip())
    return (words, start + head, end - tail) if words else None
