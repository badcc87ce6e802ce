"""Values and conditions over the columns of one scope. Nothing recurs: a value holds calls of calls, and no more."""

from attrs import define, field

from understudy_server.completion.grammar.nodes import (
    BREAK,
    GAP,
    NOTHING,
    Node,
    Ref,
    Text,
    alt,
    maybe,
    seq,
    some,
)
from understudy_server.completion.grammar.rules import Rules, several
from understudy_server.completion.grammar.scope import Scope, Source, columns_of, written

MOST_ITEMS = 8
_MOST_CONDITIONS = 4
_OPEN, _CLOSE = Text("("), Text(")")


@define
class Expressions:
    """The productions of one scope; `nested` are the tables that subqueries read, one each."""

    rules: Rules
    scope: Scope
    nested: tuple[Source, ...] = ()
    number: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.number = self.rules.scopes
        self.rules.scopes += 1

    def _rule(self, name: str, node: Node) -> Ref:
        return self.rules.rule(f"{name}{self.number}", node)

    def _made(self, name: str) -> Ref | None:
        """The rule, where it was made already: making it again would only be thrown away."""
        full = f"{name}{self.number}"
        return Ref(full) if full in self.rules.nodes else None

    @property
    def column(self) -> Node:
        """A column."""
        made = self._made("C")
        if made is not None:
            return made
        node = self.scope.column(self.rules)
        return node if node == NOTHING else self._rule("C", node)

    @property
    def simple(self) -> Node:
        """A column or a literal."""
        return self._made("x") or self._rule("x", alt(self.column, self.rules.literal))

    @property
    def small(self) -> Node:
        """A simple value, a call, a cast or a CASE of simple values."""
        if made := self._made("a"):
            return made
        rules, x = self.rules, self.simple
        functions = rules.functions
        cast = seq(rules.words("CAST"), _OPEN, x, rules.clause("AS"), rules.type, _CLOSE)
        return self._rule(
            "a",
            alt(
                x,
                rules.call(rules.named("FA", functions.one), x),
                rules.call(rules.named("FB", functions.two), x, x),
                rules.call(rules.named("FC", functions.three), x, x, x),
                cast,
                self._case,
                seq(_OPEN, x, GAP, rules.arithmetic, GAP, x, _CLOSE),
            ),
        )

    @property
    def _case(self) -> Node:
        rules, x = self.rules, self.simple
        test = seq(x, GAP, rules.comparison, GAP, x)
        when = rules.clause("WHEN", test, rules.clause("THEN", x))
        return seq(
            rules.words("CASE"),
            some(when, 1, 2),
            maybe(rules.clause("ELSE", x)),
            seq(GAP, rules.words("END")),
        )

    @property
    def operand(self) -> Node:
        """A small value, or a call of sums of such."""
        if made := self._made("t"):
            return made
        rules = self.rules
        inner = seq(self.small, some(self._calculated(self.small), 0, 1))
        functions = rules.functions
        return self._rule(
            "t",
            alt(
                self.small,
                rules.call(rules.named("FA", functions.one), inner),
                rules.call(rules.named("FB", functions.two), inner, self.simple),
            ),
        )

    @property
    def value(self) -> Node:
        """Operands with arithmetic between them; no aggregate."""
        return self._made("e") or self._rule(
            "e", seq(self.operand, some(self._calculated(self.operand), 0, 2))
        )

    def _calculated(self, operand: Node) -> Node:
        return seq(GAP, self.rules.arithmetic, GAP, operand)

    @property
    def aggregate(self) -> Node:
        """COUNT and the like, once."""
        if made := self._made("g"):
            return made
        rules = self.rules
        distinct = maybe(seq(rules.words("DISTINCT"), GAP))
        return self._rule(
            "g",
            alt(
                seq(rules.words("COUNT"), _OPEN, alt(Text("*"), seq(distinct, self.simple)), _CLOSE),
                seq(rules.named("AGG", rules.functions.aggregates), _OPEN, self.value, _CLOSE),
            ),
        )

    @property
    def selected_operand(self) -> Node:
        """An operand, an aggregate, a call of such, or a window function."""
        if made := self._made("u"):
            return made
        rules, g = self.rules, self.aggregate
        both = seq(g, some(self._calculated(alt(g, rules.number)), 0, 1))
        over = rules.clause("OVER", _OPEN, self.window, _CLOSE)
        rank = seq(rules.named("RANK", rules.functions.ranks), _OPEN, _CLOSE)
        return self._rule(
            "u",
            alt(
                self.operand,
                seq(g, maybe(over)),
                seq(rank, over),
                rules.call(rules.named("FA", rules.functions.one), both),
                rules.call(rules.named("FB", rules.functions.two), both, rules.number),
            ),
        )

    @property
    def window(self) -> Node:
        """What stands between the parentheses of OVER."""
        rules = self.rules
        order = seq(rules.words("ORDER BY"), GAP, several(seq(self.small, rules.direction), 2))
        split = seq(rules.words("PARTITION BY"), GAP, several(self.small, 2))
        return self._made("o") or self._rule("o", alt(order, seq(split, maybe(seq(GAP, order)))))

    @property
    def selected(self) -> Node:
        """A value of a SELECT list, without its alias."""
        return self._made("v") or self._rule(
            "v", seq(self.selected_operand, some(self._calculated(self.selected_operand), 0, 2))
        )

    @property
    def item(self) -> Node:
        """An item of a SELECT list."""
        return self._made("i") or self._rule("i", seq(self.selected, self.aliased))

    @property
    def aliased(self) -> Node:
        """The alias behind a value, if it gets one."""
        return maybe(self.rules.clause("AS", self.rules.alias))

    @property
    def star(self) -> Node:
        """All columns, or all of one relation."""
        named = [Text(self.rules.style.name(source.name) + ".*") for source in self.scope.sources]
        return alt(Text("*"), *(named if len(named) > 1 else []))

    def comparing(self, value: Node) -> Node:
        """What makes a condition of the value before it, which has the form of `value`."""
        rules = self.rules
        inside = alt(several(rules.literal, 6), self.subquery)
        negated = maybe(seq(rules.words("NOT"), GAP))
        tail = alt(
            seq(rules.comparison, GAP, alt(value, seq(_OPEN, self.subquery, _CLOSE))),
            seq(rules.words("IS"), maybe(seq(GAP, rules.words("NOT"))), GAP, rules.words("NULL")),
            seq(negated, rules.words("IN"), GAP, _OPEN, inside, _CLOSE),
            seq(negated, rules.words("LIKE"), GAP, rules.string),
            seq(negated, rules.words("BETWEEN"), GAP, self.simple, rules.clause("AND", self.simple)),
        )
        return seq(GAP, tail)

    @property
    def compared(self) -> Node:
        """What makes a condition of a value without aggregates."""
        return self._made("k") or self._rule("k", self.comparing(self.value))

    @property
    def test(self) -> Node:
        """One condition, perhaps negated, or a few in parentheses."""
        if made := self._made("b"):
            return made
        rules = self.rules
        one = seq(self.value, self.compared)
        negated = seq(rules.words("NOT"), GAP, alt(one, self.existing))
        return self._rule("b", alt(self.affirmed, negated))

    @property
    def affirmed(self) -> Node:
        """One condition that does not begin with NOT, or a few in parentheses."""
        one = seq(self.value, self.compared)
        few = seq(_OPEN, one, some(self._joined(one), 1, 2), _CLOSE)
        return self._made("n") or self._rule("n", alt(one, few, self.existing))

    @property
    def existing(self) -> Node:
        """EXISTS and its subquery."""
        sub = self.subquery
        return sub if sub == NOTHING else seq(self.rules.words("EXISTS"), GAP, _OPEN, sub, _CLOSE)

    def _joined(self, test: Node) -> Node:
        return seq(BREAK, alt(self.rules.words("AND"), self.rules.words("OR")), GAP, test)

    @property
    def joined(self) -> Node:
        """More conditions behind one."""
        return self._made("j") or self._rule("j", some(self._joined(self.test), 0, _MOST_CONDITIONS - 1))

    @property
    def condition(self) -> Node:
        """Conditions with AND and OR between them."""
        return self._made("w") or self._rule("w", seq(self.test, self.joined))

    @property
    def having_compared(self) -> Node:
        """What makes a condition of an aggregate."""
        rules = self.rules
        right = alt(rules.number, self.aggregate)
        return self._made("l") or self._rule(
            "l",
            seq(
                GAP,
                alt(
                    seq(rules.comparison, GAP, right),
                    seq(rules.words("BETWEEN"), GAP, rules.number, rules.clause("AND", rules.number)),
                ),
            ),
        )

    @property
    def having_test(self) -> Node:
        """One condition over an aggregate, or over a value."""
        return self._made("h") or self._rule(
            "h", alt(seq(self.aggregate, self.having_compared), seq(self.value, self.compared))
        )

    @property
    def having_joined(self) -> Node:
        """More conditions behind one of HAVING."""
        return some(self._joined(self.having_test), 0, 2)

    @property
    def ordered(self) -> Node:
        """An item of ORDER BY."""
        return self._made("r") or self._rule("r", seq(self.given_or(self.selected), self.rules.direction))

    @property
    def grouped(self) -> Node:
        """An item of GROUP BY."""
        return self.given_or(self.value)

    def given_or(self, value: Node) -> Node:
        """A whole item: a name that the query gives, or a value. Where no relation is in scope nothing but such a name is known."""
        given = self.scope.given_name(self.rules)
        return given if given != NOTHING and not self.scope.sources else alt(given, value)

    @property
    def subquery(self) -> Node:
        """A query of one value over one table, which is all that it names."""
        rules = self.rules
        if not self.nested:
            return NOTHING
        if "q" in rules.nodes:
            return Ref("q")
        return rules.rule("q", alt(*(_one_value(source, rules) for source in self.nested)))


def _one_value(source: Source, rules: Rules) -> Node:
    column = columns_of(source.columns, rules)
    aggregate = seq(rules.named("AGG", rules.functions.aggregates), _OPEN, column, _CLOSE)
    count = seq(rules.words("COUNT"), _OPEN, Text("*"), _CLOSE)
    test = seq(column, GAP, rules.comparison, GAP, rules.literal)
    return seq(
        rules.words("SELECT"),
        GAP,
        alt(column, aggregate, count),
        rules.clause("FROM"),
        written(source, rules),
        maybe(rules.clause("WHERE", test, maybe(rules.clause("AND", test)))),
    )
