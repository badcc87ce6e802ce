"""From the open parentheses left of the cursor, and what the suffix closes of them, to what may stand between the two."""

from attrs import evolve, frozen

from understudy_server.completion.grammar.clauses import Clauses
from understudy_server.completion.grammar.expressions import Expressions
from understudy_server.completion.grammar.following import LAST, Following
from understudy_server.completion.grammar.nodes import EMPTY, GAP, NOTHING, Node, Text, alt, maybe, seq, some
from understudy_server.completion.grammar.position import Case, Level
from understudy_server.completion.grammar.reading import AGGREGATES
from understudy_server.completion.grammar.rules import Rules, more, several
from understudy_server.completion.grammar.scope import Source, columns_of

_CLOSE = Text(")")
_WITH_AGGREGATES = ("select", "order by", "having", "qualify")


@frozen
class _State:
    """What the expression at a level still lacks."""

    condition: bool
    compared: bool
    between: bool
    cases: tuple[Case, ...]

    @classmethod
    def of(cls, level: Level) -> "_State":
        return cls(level.condition, level.compared, level.between, tuple(level.cases))


@frozen
class Continuation:
    """`levels` are all open ones, `query` the index of the innermost query, `stop` that at which the suffix goes on.

    `sources` are what FROM must still be written with; None where it is there.
    """

    clauses: Clauses
    levels: tuple[Level, ...]
    query: int
    stop: int
    suffix: Following
    sources: tuple[Source, ...] | None = None
    fresh: str = "sub"
    """A name that the statement does not have."""

    @property
    def own(self) -> Expressions:
        """The expressions of the scope."""
        return self.clauses.expressions

    @property
    def rules(self) -> Rules:
        """Where the productions are kept."""
        return self.clauses.rules

    @property
    def last(self) -> int:
        """The index of the innermost level."""
        return len(self.levels) - 1

    def operand(self) -> Node:
        """What may follow where an operand begins."""
        level = self.levels[self.last]
        state = _State.of(level)
        started = self._from_operand(self.last, state)
        if level.kind == "call" and level.opener == "COUNT" and not level.items:
            star = NOTHING if level.distinct else seq(Text("*"), self._item_end(self.last))
            return alt(star, seq(self._distinct(level), started))
        if level.kind == "list" and not level.items:
            return alt(started, seq(self.own.subquery, self._close(self.last)))
        if level.opener == "EXISTS":
            return seq(self.own.subquery, self._close(self.last))
        if level.kind == "window":
            return self._window(level)
        selecting = level.kind == "query" and level.clause == "select" and not level.items
        if selecting and not level.cases:
            starred = seq(self.own.star, self._clause_end(level, self.last == self.stop, plain=False))
            return seq(self._distinct(level), alt(starred, started))
        return started

    def _distinct(self, level: Level) -> Node:
        return EMPTY if level.distinct else maybe(seq(self.rules.words("DISTINCT"), GAP))

    def operator(self) -> Node:
        """What may follow an operand that is written."""
        level = self.levels[self.last]
        if level.star and level.kind == "query":
            return self._item_end(self.last)
        if level.tested:
            return self._after_value(self.last, evolve(_State.of(level), compared=True))
        return self._from_operator(self.last, _State.of(level))

    def item_end(self) -> Node:
        """What may follow an item that has its alias, or its direction."""
        return self._item_end(self.last)

    def case(self) -> Node:
        """What may follow CASE."""
        state = _State.of(self.levels[self.last])
        if self.last == self.stop and self.suffix.begins == "case":
            return NOTHING
        when = evolve(state, cases=(*state.cases[:-1], evolve_case(state.cases[-1], "when")), condition=True)
        return seq(self.rules.words("WHEN"), GAP, self._from_operand(self.last, when))

    def null(self) -> Node:
        """What may follow IS."""
        negated = self.levels[self.last].expects == "is not"
        word = seq(self.rules.words("NULL"), self._after_value(self.last, _State.of(self.levels[self.last])))
        return word if negated else alt(word, seq(self.rules.words("NOT"), GAP, word))

    def negated(self) -> Node:
        """What may follow NOT behind an operand."""
        rules, state = self.rules, _State.of(self.levels[self.last])
        inside = alt(several(rules.literal, 6), self.own.subquery)
        between = seq(rules.words("BETWEEN"), GAP, self.own.simple, rules.clause("AND", self.own.simple))
        listed = seq(rules.words("IN"), GAP, Text("("), inside, _CLOSE)
        like = seq(rules.words("LIKE"), GAP, rules.string)
        return seq(alt(between, listed, like), self._after_value(self.last, evolve(state, compared=True)))

    def parenthesis(self) -> Node:
        """What may follow IN or EXISTS."""
        rules, level = self.rules, self.levels[self.last]
        listed = several(rules.literal, 6) if level.expects == "in" else NOTHING
        inside = seq(Text("("), alt(listed, self.own.subquery), _CLOSE)
        return seq(inside, self._after_value(self.last, evolve(_State.of(level), compared=True)))

    def after_query(self) -> Node:
        """What may follow the whole query at the innermost level."""
        return self._closers(self.query) if self.query > self.stop else EMPTY

    def tail(self, clause: str) -> Node:
        """The rest of the query behind that clause, and what closes it."""
        stops = self.query == self.stop
        if stops and self.suffix.begins == "other":
            return NOTHING
        if stops and self.suffix.begins in (
            "comma",
            "operator",
            "as",
            "and",
            "direction",
            "case",
            "on",
            "join",
        ):
            return EMPTY if self.sources is None else NOTHING
        before = self.suffix.before if stops else LAST
        parts = []
        if self.sources is not None:
            parts.append(self.clauses.from_clause(self.sources))
            clause = "from"
        return seq(*parts, self.clauses.after(clause, before), self.after_query())

    def _from_operand(self, at: int, state: _State) -> Node:
        level = self.levels[at]
        value = self._value(at)
        if self._only_operand(at):
            return value
        if state.between:
            return seq(value, self._between(at, state))
        if state.cases:
            positive = self.own.affirmed if level.denied else self.own.test
            test = positive if state.condition else value
            return seq(test, self._case_rest(at, state))
        if state.condition and not state.compared:
            if level.clause in ("having", "qualify"):
                return seq(self.own.having_test, self._after_value(at, evolve(state, compared=True)))
            if level.denied:
                return seq(self.own.affirmed, self._after_value(at, evolve(state, compared=True)))
            return seq(self.own.condition, self._item_end(at, compared=True))
        return seq(value, self._after_value(at, state))

    def _from_operator(self, at: int, state: _State) -> Node:
        calculated = some(seq(GAP, self.rules.arithmetic, GAP, self.own.operand), 0, 2)
        if self._only_operand(at):
            return seq(calculated, self._after_value(at, state))
        if state.between:
            return seq(calculated, self._between(at, state))
        if state.condition and not state.compared:
            having = self.levels[at].clause in ("having", "qualify")
            comparing = self.own.having_compared if having else self.own.compared
            ends = self._after_value(at, evolve(state, compared=True))
            return seq(calculated, maybe(comparing), ends)
        return seq(calculated, self._after_value(at, state))

    def _only_operand(self, at: int) -> bool:
        return at == self.stop and self.suffix.begins == "operator"

    def _value(self, at: int) -> Node:
        level = self.levels[at]
        clause = self.levels[self.query].clause
        if level.kind == "list":
            return self.rules.literal
        if level.kind == "columns":
            return self._common()
        if clause in ("limit", "offset"):
            return self.rules.count
        within = any(each.opener in AGGREGATES for each in self.levels[self.query + 1 : at + 1])
        value = self.own.value
        if clause in _WITH_AGGREGATES and not within and level.kind != "window":
            value = self.own.selected
        return self.own.given_or(value) if level.kind == "query" and level.fresh else value

    def _common(self) -> Node:
        """A column that two relations share: what USING may name."""
        columns = [source.columns for source in self.own.scope.sources]
        counted = [name for one in columns for name in one if sum(name in other for other in columns) > 1]
        return columns_of(counted, self.rules)

    def _between(self, at: int, state: _State) -> Node:
        if at == self.stop and self.suffix.begins == "and":
            return EMPTY
        done = evolve(state, between=False, compared=True)
        return seq(self.rules.clause("AND", self.own.simple), self._after_value(at, done))

    def _case_rest(self, at: int, state: _State) -> Node:
        """What follows the condition or the value of a CASE's branch."""
        rules, simple = self.rules, self.own.simple
        case, part = state.cases[-1], state.cases[-1].part.removeprefix("simple ")
        if at == self.stop and self.suffix.begins == "case":
            fits = {"when": ("THEN",), "then": ("WHEN", "ELSE", "END"), "else": ("END",), "case": ("WHEN",)}
            return EMPTY if self.suffix.word in fits[part] else NOTHING
        outer = _State(case.condition, case.compared, False, state.cases[:-1])
        end = seq(GAP, rules.words("END"), self._from_operator(at, outer))
        more_branches: Node = EMPTY
        is_simple = case.part.startswith("simple") or part == "case"
        test = rules.literal if is_simple else self.own.test
        branch = rules.clause("WHEN", test, rules.clause("THEN", simple))
        if part != "else":
            more_branches = seq(some(branch, 0, 2), maybe(rules.clause("ELSE", simple)))
        if part == "case":
            return seq(branch, more_branches, end)
        return (
            seq(rules.clause("THEN", simple), more_branches, end)
            if part == "when"
            else seq(more_branches, end)
        )

    def _after_value(self, at: int, state: _State) -> Node:
        """What follows a value, or a condition that has its comparison."""
        if self._only_operand(at) or (at == self.stop and self.suffix.begins == "and"):
            return EMPTY
        if state.cases:
            return self._case_rest(at, state)
        if not state.condition:
            return self._item_end(at, compared=state.compared)
        joined = self.own.having_joined if self.levels[at].clause == "having" else self.own.joined
        return seq(joined, self._item_end(at, compared=state.compared))

    def _item_end(self, at: int, *, compared: bool = False) -> Node:
        """What follows an item of a list, an argument, or all that a parenthesis holds."""
        level = self.levels[at]
        stops, begins = at == self.stop, self.suffix.begins
        if stops and begins == "other":
            return NOTHING
        if stops and begins in ("operator", "and", "as", "direction", "case"):
            return EMPTY
        if level.kind == "query":
            return self._clause_end(level, stops)
        items = self._arguments(level)
        if stops and begins == "comma":
            return items
        if stops and begins != "closing":
            return NOTHING
        return seq(items, self._close(at, compared=compared))

    def _arguments(self, level: Level) -> Node:
        if level.kind == "call" and level.opener not in AGGREGATES:
            return more(self.own.value, max(0, 2 - level.items))
        if level.kind == "list":
            return more(self.rules.literal, 5)
        if level.kind == "columns":
            return more(self._common(), 1)
        if level.kind == "cast" and level.expects in ("operand", "operator"):
            return self.rules.clause("AS", self.rules.type)
        if level.kind == "window":
            order = self.rules.clause("ORDER BY", several(seq(self.own.small, self.rules.direction), 2))
            if level.clause == "partition by":
                return maybe(order)
            return EMPTY if level.expects == "ordered" else self.rules.direction
        return EMPTY

    def _clause_end(self, level: Level, stops: bool, *, plain: bool = True) -> Node:
        plain = plain and level.expects in ("operand", "operator", "case") and not level.star
        if level.clause in ("from", "on"):
            return self.source_end()
        ending: Node = EMPTY
        if level.clause == "select" and plain:
            ending = self.own.aliased
        elif level.clause == "order by" and level.expects != "ordered":
            ending = self.rules.direction
        items = self.clauses.items(level.clause, max(1, 7 - level.items))
        if stops and self.suffix.begins == "comma":
            return seq(ending, items) if self.sources is None else NOTHING
        return seq(ending, items, self.tail(level.clause))

    def source_end(self, *, joins: bool = True) -> Node:
        """What follows a relation and its condition; `joins` says whether another may be joined."""
        level = self.levels[self.query]
        tail = self.tail("from")
        open_end = self.query > self.stop or (
            self.suffix.before == LAST and self.suffix.begins in ("end", "closing")
        )
        if not open_end or not joins:
            return tail
        joined = self.clauses.joins(self.own.scope.sources, level.selected)
        return alt(tail, seq(joined, self.after_query()))

    def _window(self, level: Level) -> Node:
        close = self._close(self.last)
        if level.clause:
            return seq(self.own.small, self._item_end(self.last))
        return seq(self.own.window, close)

    def _close(self, at: int, *, compared: bool = False) -> Node:
        """The closing parenthesis of a level, and what follows in the one around."""
        if at <= self.stop:
            return EMPTY if self.suffix.begins == "closing" else NOTHING
        level, around = self.levels[at], self.levels[at - 1]
        if at == self.query:
            return self._closers(at)
        if level.kind == "columns":
            return seq(_CLOSE, self.source_end())
        state = _State.of(around)
        if level.kind == "list" or level.opener == "EXISTS" or (compared and level.kind == "group"):
            return seq(_CLOSE, self._after_value(at - 1, evolve(state, compared=True)))
        return seq(_CLOSE, self._from_operator(at - 1, state))

    def _closers(self, at: int) -> Node:
        """The parentheses around the query that the suffix does not close; what stands around stays as short as it can."""
        parts: list[Node] = []
        for index in range(at, self.stop, -1):
            around = self.levels[index - 1]
            parts.append(_CLOSE)
            if around.cases or around.between:
                return NOTHING
            stops = index - 1 == self.stop
            if around.expects == "relation":
                if not (stops and self.suffix.begins in ("as", "other")):
                    parts.append(self.rules.clause("AS", Text(self.fresh)))
            elif around.clause == "with" and around.ctes:
                if not (stops and self.suffix.begins in ("comma", "clause")):
                    name = Text(self.rules.style.name(around.ctes[-1]))
                    parts.append(
                        seq(GAP, self.rules.words("SELECT"), GAP, Text("*"), self.rules.clause("FROM"), name)
                    )
            elif around.kind == "cast":
                return NOTHING
        return seq(*parts)


def evolve_case(case: Case, part: str) -> Case:
    """The case in another of its parts."""
    return Case(part, case.condition, case.compared)
