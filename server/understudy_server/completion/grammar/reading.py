"""Reads the tokens left of the cursor, one after the other, into the levels of `position`. Gives up on what it does not know."""

from collections.abc import Sequence

from attrs import define, field

from understudy_server.completion.grammar.keywords import WORDS
from understudy_server.completion.grammar.position import Kind, Level, UnknownError, is_word
from understudy_server.context.sql.lexer import Token

AGGREGATES = frozenset(
    "COUNT SUM AVG MIN MAX TOTAL GROUP_CONCAT STRING_AGG ARRAY_AGG MEDIAN STDDEV VARIANCE".split()
)
_COMPARES = frozenset(("=", "<>", "!=", "<", ">", "<=", ">=", "=="))
_CALCULATES = frozenset(("+", "-", "/", "%", "||", "&", "|", "^", "->", "->>", "*"))
_VALUES = frozenset("NULL TRUE FALSE CURRENT_DATE CURRENT_TIMESTAMP CURRENT_TIME".split())
_BEFORE_LITERAL = frozenset("DATE TIMESTAMP INTERVAL TIME".split())
_OWN_SYNTAX = frozenset("EXTRACT TRIM SUBSTRING POSITION OVERLAY FILTER GROUP WITHIN".split())


def levels_of(tokens: Sequence[Token]) -> list[Level]:
    """The open levels behind the last token, outermost first. Raises UnknownError."""
    reader = _Reader()
    for token in tokens:
        reader.take(token)
    if reader.dotted:
        raise UnknownError("a dot that nothing follows")
    return reader.levels


@define
class _Reader:
    levels: list[Level] = field(factory=lambda: [Level("query")])
    previous: Token | None = None
    dotted: bool = False
    path: list[str] = field(factory=list)

    @property
    def level(self) -> Level:
        return self.levels[-1]

    def take(self, token: Token) -> None:
        self.level.tested = self.level.fresh = self.level.denied = False
        if token.text == "(":
            self._open(token)
        elif token.text == ")":
            self._close()
        elif self.dotted:
            self._member(token)
        elif token.text == ".":
            if self.previous is None or self.previous.kind not in ("word", "quoted"):
                raise UnknownError("a dot behind what is no name")
            self.dotted = True
        elif token.kind == "word" and (read := WORDS.get(token.keyword)) and read(self.level, token):
            pass
        elif token.kind in ("word", "quoted", "parameter") or token.kind in ("string", "number"):
            self._name(token)
        else:
            self._sign(token.text)
        self.previous = token

    def _member(self, token: Token) -> None:
        """What stands behind a dot."""
        self.dotted = False
        level = self.level
        if token.text == "*":
            level.star = True
        elif token.kind not in ("word", "quoted"):
            raise UnknownError("a dot before what is no name")
        elif level.expects == "source" and level.relations:
            level.relations[-1] = token.name
        elif (query := self._selecting()) and query.selected:
            qualifier = query.selected.pop()[1]
            query.selected.append((qualifier, token.name))

    def _open(self, token: Token) -> None:
        level, before = self.level, self.previous
        word = before.keyword if before else ""
        called = (
            before is not None and before.kind == "word" and level.expects == "operator" and not level.star
        )
        kind: Kind
        if level.expects == "in":
            kind = "list"
        elif level.expects == "over":
            kind = "window"
        elif (
            level.expects == "relation"
            or level.expects == "cte"
            or (level.expects == "alias" and level.clause == "with")
        ):
            kind = "derived"
        elif level.clause == "on" and word == "USING":
            kind = "columns"
        elif called and word in _OWN_SYNTAX:
            raise UnknownError("a call with a syntax of its own")
        elif called:
            kind = "cast" if word in ("CAST", "TRY_CAST") else "call"
            level.aggregate = level.aggregate or word in AGGREGATES
            if (query := self._selecting()) and query.selected:
                query.selected.pop()
        elif level.expects in ("operand", "start", "exists", "query"):
            kind = "group"
        elif level.expects == "type" or (level.expects == "operator" and level.kind == "cast"):
            kind = "other"
        else:
            raise UnknownError("a parenthesis where none is known")
        inner = Level(kind, word, expects="operand" if kind != "derived" else "start")
        inner.condition = kind == "group" and level.condition
        self.levels.append(inner)

    def _close(self) -> None:
        if len(self.levels) == 1:
            raise UnknownError("a parenthesis that nothing opened")
        closed = self.levels.pop()
        level = self.level
        if closed.kind == "other" and level.kind == "cast":
            return
        # A query's own level replaced that of its parenthesis.
        if level.expects == "relation":
            level.expects = "source"
            level.relations.append("")
        elif level.clause == "with" and level.expects in ("cte", "alias"):
            level.expects = "done"
        elif level.clause == "on" and closed.kind == "columns":
            level.expects = "source"
        else:
            level.expects = "operator"
            level.star = False
            level.tested = closed.opener in ("IN", "EXISTS")
            level.compared = level.compared or closed.compared or level.tested
            level.aggregate = level.aggregate or closed.aggregate or closed.opener == "OVER"

    def _name(self, token: Token) -> None:
        level = self.level
        expects = level.expects
        if expects in ("operand", "case", "is", "is not"):
            level.expects, level.star, level.tested = "operator", False, expects in ("is", "is not")
            if is_word(token) and token.keyword not in _VALUES and (query := self._selecting()):
                query.selected.append(("", token.name))
        elif expects == "relation":
            level.expects = "source"
            level.relations.append(token.name)
        elif expects in ("operator", "source", "alias") and is_word(token):
            level.expects = "named"
            if level.kind == "query" and level.clause == "from" and level.relations:
                level.relations[-1] = token.name
        elif expects == "operator" and token.kind == "string":
            if self.previous is None or self.previous.keyword not in _BEFORE_LITERAL:
                raise UnknownError("a string behind an operand")
            if (query := self._selecting()) and query.selected:
                query.selected.pop()
        elif expects == "type" or expects == "over":
            level.expects = "operator"
        elif expects == "cte name":
            level.ctes.append(token.name)
            level.expects = "cte"
        else:
            raise UnknownError(f"a name where {expects} is expected")

    def _selecting(self) -> Level | None:
        """The query whose SELECT list this is a part of."""
        query = next((level for level in reversed(self.levels) if level.kind == "query"), None)
        return query if query is not None and query.clause == "select" else None

    def _sign(self, sign: str) -> None:
        level = self.level
        if sign == ",":
            self._comma(level)
        elif sign == "*" and level.expects == "operand":
            level.expects, level.star = "operator", True
        elif level.expects == "operand" and sign in ("-", "+"):
            return
        elif level.expects == "operator" and sign in _COMPARES:
            level.expects, level.compared = "operand", True
        elif level.expects == "operator" and sign in _CALCULATES:
            level.expects = "operand"
        elif level.expects == "operator" and sign == "::":
            level.expects = "type"
        else:
            raise UnknownError(f"a sign that is not known here: {sign}")

    def _comma(self, level: Level) -> None:
        if level.cases or level.between:
            raise UnknownError("a comma in the middle of an expression")
        if level.clause == "with":
            level.expects = "cte name"
        elif level.kind == "query" and level.clause in ("from", "on"):
            level.clause, level.expects, level.condition = "from", "relation", False
        elif level.expects in ("operator", "named", "ordered"):
            level.begin_item()
            level.items += 1
        else:
            raise UnknownError("a comma where none is known")
