"""Where a statement does what the wording of a question does not ask for, or leaves out what it does. Knows no catalog.

English only, like every reading of a question here. What each sign weighs was fitted with those of `choosing`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from attrs import frozen
from sqlglot import exp

from understudy_knowledge.models.embedded.tokens import Token, name_stems

_COUNT = frozenset("count total amount sum combined altogether".split())
_HOW_MANY = frozenset({("how", "many"), ("number", "of")})
_SUM = frozenset("total sum combined altogether".split())
_AVERAGE = frozenset("average mean avg".split())
_HIGH = frozenset(
    """top highest largest biggest most best greatest longest newest latest recent maximum max tallest heaviest last""".split()
)
_LOW = frozenset(
    """bottom lowest smallest least fewest worst cheapest shortest oldest earliest slowest minimum min youngest first""".split()
)
_NOT = frozenset("not other except besides without never no else excluding neither nobody".split())
_EACH = frozenset("each every per by".split())
_BESIDE = frozenset(
    "next after following below previous before prior above preceding directly immediately consecutive since".split()
)
_COMPARED = _BESIDE | frozenset(
    "more less fewer than between least exceed exceeding exceeds over under".split()
)
_DIFFERENCE = _BESIDE | frozenset("difference more than between apart".split())
_DISTINCT = frozenset("different distinct unique various".split())
_CHOICE = frozenset({"or", "and"})
_KEY = frozenset("id ids code codes number identifier identifiers".split())
_NEGATIONS = (exp.NEQ, exp.Not, exp.Except)
_COMPARISONS = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)


class Disagreement(NamedTuple):
    """What speaks against one statement, by how often it occurs; and, in their own units, what each sign weighs."""

    counts: float = 0.0
    """It counts, and nothing asks how many."""
    sums: float = 0.0
    averages: float = 0.0
    groups: float = 0.0
    computes: float = 0.0
    """It adds or subtracts, and nothing is compared."""
    chooses: float = 0.0
    """It allows for several values, and the question has neither "and" nor "or"."""
    keys: float = 0.0
    """Keys that it shows and nobody wants."""
    not_negated: float = 0.0
    not_grouped: float = 0.0
    not_compared: float = 0.0
    not_distinct: float = 0.0
    turned: float = 0.0
    """It takes the least where the most is wanted, or the other way round."""
    outputs: float = 0.0
    """How many it has."""

    @property
    def weight(self) -> float:
        """What they come to."""
        return sum(sign * weight for sign, weight in zip(self, _WEIGHTS, strict=True))


_WEIGHTS = Disagreement(
    counts=-3.20,
    sums=-5.01,
    averages=-4.83,
    groups=-1.42,
    computes=-1.36,
    chooses=-1.13,
    keys=-4.93,
    not_negated=-1.02,
    not_grouped=-3.27,
    not_compared=-1.76,
    not_distinct=-1.98,
    turned=-0.94,
    outputs=-2.09,
)


@frozen
class Wording:
    """What a question's words ask for."""

    said: frozenset[str]
    count: bool
    negation: bool
    extreme: bool
    most: bool
    least: bool

    @classmethod
    def of(cls, tokens: Sequence[Token]) -> "Wording":
        """Of that question."""
        low = [token.text.lower() for token in tokens]
        said, pairs = frozenset(low), frozenset(pairwise(low))
        most, least = bool(said & _HIGH), bool(said & _LOW)
        return cls(
            said,
            count=bool(said & _COUNT) or not pairs.isdisjoint(_HOW_MANY),
            negation=bool(said & _NOT) or any(word.endswith("n't") for word in low),
            extreme=most or least or any(len(word) > 5 and word.endswith("est") for word in low),
            most=most and not least,
            least=least and not most,
        )

    def against(self, tree: exp.Expr) -> Disagreement:
        """Where the statement does not agree with it."""
        does, said = _does(tree), self.said
        return Disagreement(
            counts=does.counts and not self.count,
            sums=does.sums and not said & _SUM,
            averages=does.averages and not said & _AVERAGE,
            groups=does.groups and not (self.count or self.extreme or said & _EACH),
            computes=does.computes and not said & _DIFFERENCE,
            chooses=does.chooses and not said & _CHOICE,
            keys=0 if said & _KEY else does.keys,
            not_negated=self.negation and not does.negates,
            not_grouped=bool(said & _EACH) and not does.groups,
            not_compared=bool(said & _COMPARED) and not (does.compares or does.computes),
            not_distinct=bool(said & _DISTINCT) and not does.distinct,
            turned=(self.most and does.takes_least) or (self.least and does.takes_most),
            outputs=does.outputs,
        )


@frozen
class _Does:
    """What a statement does."""

    counts: bool
    sums: bool
    averages: bool
    groups: bool
    computes: bool
    chooses: bool
    negates: bool
    compares: bool
    distinct: bool
    takes_most: bool
    takes_least: bool
    keys: int
    outputs: int


def _does(tree: exp.Expr) -> _Does:
    first = tree
    while isinstance(first, (exp.SetOperation, exp.Subquery)):
        first = first.this
    outputs = [output.unalias() for output in first.expressions] if isinstance(first, exp.Select) else []
    columns = [output.name.lower() for output in outputs if isinstance(output, exp.Column)]
    order = tree.args.get("order") if tree.args.get("limit") is not None else None
    descends = [bool(term.args.get("desc")) for term in order.expressions[:1]] if order is not None else []
    return _Does(
        counts=_shows(outputs, exp.Count),
        sums=_shows(outputs, exp.Sum),
        averages=_shows(outputs, exp.Avg),
        groups=tree.find(exp.Group) is not None,
        computes=tree.find(exp.Sub, exp.Add) is not None,
        chooses=tree.find(exp.Or, exp.In) is not None,
        negates=tree.find(*_NEGATIONS) is not None,
        compares=tree.find(*_COMPARISONS) is not None,
        distinct=tree.find(exp.Distinct) is not None,
        takes_most=descends == [True] or tree.find(exp.Max) is not None,
        takes_least=descends == [False] or tree.find(exp.Min) is not None,
        keys=sum(name_stems(name)[-1:] == ("id",) for name in columns),
        outputs=len(outputs),
    )


def _shows(outputs: Sequence[exp.Expr], kind: type[exp.Expr]) -> bool:
    return any(output.find(kind) is not None for output in outputs)
