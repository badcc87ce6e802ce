"""A conversing model's answer, as it streams: thinking and talk skipped, the code block's text given, the prefix dropped."""

import re

_FENCE = re.compile(r"(?:^|\n)[ \t]*(`{3,}|~{3,})[^\n`]*\n")
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)|\A.*?</think(?:ing)?>", re.DOTALL)
_WORD = re.compile(r"\w+")


class ChatAnswer:
    """Reads pieces cut anywhere; gives what belongs at the cursor, as soon as it is certain to.

    The model is asked to write the whole statement in one code block, beginning with the text before the cursor. An answer
    without a code block is taken as code when it is complete: some models are that literal.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._raw = ""
        self._code_from: int | None = None
        self._fence = ""
        self._given = 0
        self._skip: int | None = None
        self.complete = False

    def feed(self, piece: str) -> str:
        """The text that this piece makes certain; often empty."""
        if self.complete:
            return ""
        self._raw += piece
        if self._code_from is None and not self._enter():
            return ""
        return self._more(last=False)

    def finish(self) -> str:
        """What is left when the model has stopped."""
        if self.complete:
            return ""
        if self._code_from is None:
            self._raw = without_thinking(self._raw).strip("\n")
            self._code_from = 0
        return self._more(last=True)

    def _enter(self) -> bool:
        spoken = _THINKING.sub(lambda match: " " * len(match[0]), self._raw)
        fence = _FENCE.search(spoken)
        if fence is None:
            return False
        self._code_from, self._fence = fence.end(), fence[1]
        return True

    def _more(self, *, last: bool) -> str:
        assert self._code_from is not None
        code = self._raw[self._code_from :]
        end = code.find(self._fence) if self._fence else -1
        if end >= 0:
            self.complete = last = True
            code = code[:end].removesuffix("\n")
        elif self._fence and not last:
            # What stands last may be the beginning of the closing fence.
            code = code.rstrip("`~").removesuffix("\n")
        if self._skip is None:
            self._skip = repeated(self._prefix, code, last=last)
            if self._skip is None:
                return ""
            self._given = self._skip
        fresh = code[self._given :]
        self._given = max(self._given, len(code))
        return fresh


def without_thinking(text: str) -> str:
    """The text without what a reasoning model wrote to itself; a chat template may have opened the block already."""
    return _THINKING.sub("", text)


def repeated(prefix: str, code: str, *, last: bool) -> int | None:
    """How many characters of `code` repeat the prefix, whitespace and case aside; None while more text may decide.

    Code that begins with the same word as the prefix but then differs is another statement altogether: all of it is
    dropped, for it has no place at the cursor.
    """
    wanted = "".join(prefix.split()).casefold()
    at = 0
    for place, sign in enumerate(code, 1):
        if at == len(wanted):
            break
        if sign.isspace():
            continue
        if not wanted.startswith(sign.casefold(), at):
            if not _same_first_word(prefix, code):
                return 0
            return len(code) if last else None
        at += len(sign.casefold())
        if at == len(wanted) and place < len(code):
            gap = len(code[place:]) - len(code[place:].lstrip()) if prefix[-1].isspace() else 0
            return place + gap
    if not wanted:
        return 0
    return len(code) if last else None


def _same_first_word(prefix: str, code: str) -> bool:
    ours, theirs = _WORD.search(prefix), _WORD.search(code)
    return ours is not None and theirs is not None and ours[0].casefold() == theirs[0].casefold()
