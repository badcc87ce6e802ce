"""Where the code at the cursor takes a column, and of which frame."""

import re
from typing import Literal

from attrs import frozen

from understudy_server.context.frames import column_arguments as takes
from understudy_server.context.frames.expressions import evaluate
from understudy_server.context.frames.tokens import PythonToken, expression_before, is_subscript, tokens_of
from understudy_server.context.frames.values import Accessor, Frame, FrameColumn, Grouped, Value
from understudy_server.context.frames.visible import Scope

ColumnForm = Literal["key", "attribute", "bare", "word"]
"""In quotes; after a dot; where quotes are still to be written; a word of an expression in quotes."""
MAX_BYTES = 16_000
_LAMBDA = re.compile(r"\blambda\s+([^\W\d]\w*)[^:()]*:")
_WORD = re.compile(r"[^\W\d]\w*\Z|\Z")


@frozen
class ColumnPlace:
    """A place for a column: `typed` is what is written of its name left of the cursor, `quote` what encloses it."""

    columns: tuple[FrameColumn, ...]
    frame: str
    """The expression that the columns are of."""
    form: ColumnForm
    typed: str
    quote: str = ""
    raw: bool = False


def column_place(scope: Scope) -> ColumnPlace | None:
    """The place for a column at the cursor; None where the code takes none, or none is known."""
    text = scope.begun.decode("utf-8", "replace")
    if len(text) > MAX_BYTES:
        return None
    tokens, opened = tokens_of(text)
    reader = _Reader(text, tokens, opened, scope)
    if tokens and tokens[-1].kind == "open string":
        return reader.in_string(tokens[-1])
    typed = _typed(tokens, text)
    before = len(tokens) - (1 if typed else 0)
    if before and tokens[before - 1].text == ".":
        return reader.after_dot(before - 1, typed)
    if opened and opened[-1] == before - 1 and tokens[before - 1].text == "[":
        return reader.bare(before - 1, typed)
    return None


@frozen
class _Reader:
    text: str
    tokens: list[PythonToken]
    opened: list[int]
    scope: Scope

    def after_dot(self, dot: int, typed: str) -> ColumnPlace | None:
        """`df.na|`"""
        found = self._value_before(dot)
        if found is None or not isinstance(found[1], Frame | Grouped):
            return None
        names = [column for column in _columns(found[1]) if str(column.name).isidentifier()]
        return ColumnPlace(tuple(names), found[0], "attribute", typed) if names else None

    def bare(self, bracket: int, typed: str) -> ColumnPlace | None:
        """`df[|`"""
        if not is_subscript(self.tokens, bracket):
            return None
        found = self._value_before(bracket)
        if found is None or not isinstance(found[1], Frame | Grouped):
            return None
        return ColumnPlace(_columns(found[1]), found[0], "bare", typed, '"')

    def in_string(self, string: PythonToken) -> ColumnPlace | None:
        """`df["na|`, `df.groupby(["a", "na|`, `df.query("a > 1 and na|`"""
        marks = re.match(r"([rRbBuUfFtT]*)(\"\"\"|'''|\"|')", string.text)
        if marks is None or "b" in marks[1].lower():
            return None
        typed, quote, raw = string.text[marks.end() :], marks[2], "r" in marks[1].lower()
        keys, passed = True, False
        for bracket in reversed(self.opened):
            token = self.tokens[bracket]
            if token.text == "{":
                keys = keys and self._is_key(bracket)
                continue
            if not is_subscript(self.tokens, bracket):
                continue
            found = self._of_item(bracket) if token.text == "[" else self._of_call(bracket, passed)
            if found is None:
                if token.text == "(" and self._passes_on(bracket):
                    passed = True
                    continue
                return None
            expression, columns, form = found
            if form == "keys":
                return (
                    ColumnPlace(columns, expression, "key", typed, quote, raw)
                    if keys and self._in_dict(bracket)
                    else None
                )
            if form == "expression":
                word = _WORD.search(typed)
                return ColumnPlace(columns, expression, "word", word[0] if word else "", quote, raw)
            return (
                ColumnPlace(columns, expression, "key", typed, quote, raw)
                if not self._in_dict(bracket)
                else None
            )
        return None

    def _of_item(self, bracket: int) -> tuple[str, tuple[FrameColumn, ...], str] | None:
        found = self._value_before(bracket)
        if found is None:
            return None
        expression, value = found
        if isinstance(value, Frame | Grouped):
            return expression, _columns(value), "columns"
        located = isinstance(value, Accessor) and value.name in ("loc", "at") and isinstance(value.of, Frame)
        if (
            located
            and isinstance(value, Accessor)
            and isinstance(value.of, Frame)
            and self._argument(bracket)[1] == 1
        ):
            return expression, _columns(value.of), "columns"
        return None

    def _of_call(self, bracket: int, passed: bool) -> tuple[str, tuple[FrameColumn, ...], str] | None:
        """The columns that a call's argument at the cursor takes, and how; `passed`: the text is an expression's in it."""
        name, place = self._argument(bracket)
        method = self.tokens[bracket - 1].text
        if name in takes.OF_DATA and (data := self._argument_text(bracket, "data")):
            value = evaluate(data.encode(), self.scope.names, self.scope.ground)
            return (data, _columns(value), "columns") if isinstance(value, Frame) else None
        if method.startswith(("read_", "scan_")) and name in takes.OF_FILE:
            return self._of_file(bracket)
        if bracket < 2 or self.tokens[bracket - 2].text != ".":
            return None
        found = self._value_before(bracket - 2)
        if found is None or not isinstance(found[1], Frame | Grouped):
            return None
        expression, value = found
        columns = _columns(value)
        frame = value.frame if isinstance(value, Grouped) else value
        if passed and isinstance(frame, Frame) and frame.kind == "polars":
            return expression, columns, "columns"
        if method in takes.MANY and not name and (method != "drop_nulls"):
            return expression, columns, "columns"
        for table, form in (
            (takes.COLUMNS, "columns"),
            (takes.KEYS, "keys"),
            (takes.EXPRESSIONS, "expression"),
        ):
            for parameter, at in table.get(method, {}).items():
                if name == parameter or (not name and place == at):
                    return expression, self._shared(method, parameter, bracket, columns), form
        if method in ("agg", "aggregate") and name and self._first_of_pair():
            return expression, columns, "columns"
        if method in ("merge", "join") and name == "right_on":
            other = self._other(bracket)
            return (other[0], _columns(other[1]), "columns") if other else None
        return None

    def _shared(
        self, method: str, parameter: str, bracket: int, columns: tuple[FrameColumn, ...]
    ) -> tuple[FrameColumn, ...]:
        """The columns of both frames where `on=` names them, and of the one where nothing is known of the other."""
        other = self._other(bracket) if method in ("merge", "join") and parameter == "on" else None
        if other is None or other[1].open:
            return columns
        names = set(other[1].known)
        return tuple(column for column in columns if column.name in names) or columns

    def _other(self, bracket: int) -> tuple[str, Frame] | None:
        text = self._argument_text(bracket, "right", 0) or self._argument_text(bracket, "other", 0)
        value = evaluate(text.encode(), self.scope.names, self.scope.ground) if text else None
        return (text, value) if isinstance(value, Frame) else None

    def _of_file(self, bracket: int) -> tuple[str, tuple[FrameColumn, ...], str] | None:
        """The columns of the file that a reader's first argument names."""
        start = expression_before(self.tokens, bracket)
        path = self._argument_text(bracket, "", 0)
        if start is None or not path:
            return None
        call = f"{self.text[self.tokens[start].start : self.tokens[bracket].end]}{path})"
        value = evaluate(call.encode(), self.scope.names, self.scope.ground)
        name = self._argument(bracket)[0]
        form = "keys" if name == "dtype" else "columns"
        return (path, _columns(value), form) if isinstance(value, Frame) else None

    def _passes_on(self, bracket: int) -> bool:
        """Whether the columns of a call's text are those of a frame around it: `pl.col("…")` in `df.select(…)`."""
        return self.tokens[bracket - 1].text in takes.EXPRESSION_MAKERS

    def _value_before(self, place: int) -> tuple[str, Value | None] | None:
        """(the expression that ends before the token, its worth); a lambda's parameter is the frame around it."""
        start = expression_before(self.tokens, place)
        if start is None:
            return None
        text = self.text[self.tokens[start].start : self.tokens[place - 1].end]
        names = self.scope.names
        bound = self._lambda_names(start)
        if bound:
            names = names.setting(bound)
        return text, evaluate(text.encode(), names, self.scope.ground)

    def _lambda_names(self, before: int) -> dict[str, Value | None]:
        """Parameters of the lambdas that the place is in: what the method around each is called on."""
        bound: dict[str, Value | None] = {}
        for place, bracket in enumerate(self.opened):
            if bracket >= before:
                break
            end = self.opened[place + 1] if place + 1 < len(self.opened) else len(self.tokens)
            inside = self.text[
                self.tokens[bracket].end : self.tokens[end].start
                if end < len(self.tokens)
                else len(self.text)
            ]
            found = list(_LAMBDA.finditer(inside))
            if not found or not is_subscript(self.tokens, bracket):
                continue
            call = self.tokens[bracket].text == "(" and bracket > 2 and self.tokens[bracket - 2].text == "."
            start = expression_before(self.tokens, bracket - 2 if call else bracket)
            if start is None:
                continue
            owner = self.text[self.tokens[start].start : self.tokens[bracket - (3 if call else 1)].end]
            value = evaluate(owner.encode(), self.scope.names.setting(bound), self.scope.ground)
            if isinstance(value, Accessor):
                value = value.of
            bound[found[-1][1]] = value
        return bound

    def _argument(self, bracket: int) -> tuple[str, int]:
        """(name of the argument at the cursor or "", its place among the arguments)."""
        start, place = self._argument_starts(bracket)[-1], len(self._argument_starts(bracket)) - 1
        named = (
            start + 1 < len(self.tokens)
            and self.tokens[start].kind == "name"
            and self.tokens[start + 1].text == "="
        )
        return (self.tokens[start].text if named else ""), place

    def _argument_starts(self, bracket: int) -> list[int]:
        """Places of the tokens with which the arguments of an open bracket begin."""
        starts, at = [bracket + 1], bracket + 1
        inner = {
            place: self._closing(place)
            for place in range(bracket + 1, len(self.tokens))
            if self.tokens[place].kind == "open"
        }
        while at < len(self.tokens):
            if self.tokens[at].kind == "open":
                if inner[at] is None:
                    break
                at = inner[at] or at
            elif self.tokens[at].text == ",":
                starts.append(at + 1)
            at += 1
        return starts

    def _argument_text(self, bracket: int, name: str, place: int = -1) -> str:
        """The text of an argument that stands before the cursor."""
        starts = self._argument_starts(bracket)
        for number, start in enumerate(starts[:-1]):
            end = starts[number + 1] - 1
            named = start + 1 < end and self.tokens[start + 1].text == "="
            first = start + 2 if named else start
            if (named and self.tokens[start].text == name) or (not named and number == place):
                return self.text[self.tokens[first].start : self.tokens[end - 1].end] if first < end else ""
        return ""

    def _closing(self, opening: int) -> int | None:
        return next((place for place, token in enumerate(self.tokens) if token.match == opening), None)

    def _is_key(self, brace: int) -> bool:
        """Whether the cursor stands at a key of the dict."""
        start = self._argument_starts(brace)[-1]
        return not any(token.text == ":" for token in self.tokens[start:])

    def _in_dict(self, bracket: int) -> bool:
        return any(self.tokens[place].text == "{" for place in self.opened if place > bracket)

    def _first_of_pair(self) -> bool:
        """Whether the cursor is at the first value of the innermost bracket: `total=("na|", "sum")`."""
        innermost = self.opened[-1]
        return not is_subscript(self.tokens, innermost) and len(self._argument_starts(innermost)) == 1


def _typed(tokens: list[PythonToken], text: str) -> str:
    """The word that ends at the cursor."""
    last = tokens[-1] if tokens else None
    return last.text if last is not None and last.kind == "name" and last.end == len(text) else ""


def _columns(value: Value | None) -> tuple[FrameColumn, ...]:
    """The columns that a frame or group offers."""
    frame = value.frame if isinstance(value, Grouped) else value
    return frame.columns if isinstance(frame, Frame) else ()
