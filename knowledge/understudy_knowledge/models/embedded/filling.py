"""Ways to fill a shape's holes from a question: values first, for they say which columns they are of."""

from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import combinations

from attrs import evolve, field, frozen
from sqlglot import exp

from understudy_knowledge.memory.records import Hole, Step
from understudy_knowledge.models.embedded.columns import column_of
from understudy_knowledge.models.embedded.fitting import alike, fits, kinds
from understudy_knowledge.models.embedded.linking import Mention
from understudy_knowledge.models.embedded.named import named_values, said_numbers
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.tokens import name_stems

_BEAM = 16
_CHOICES = 5
_TWICE = 1.0
_HERE = 0.1
_LISTED = 0.6
"""How well a column must be named to be one of several that the question lists."""
_CLAUSES = frozenset("whose where who that with having which sorted ordered order when".split())
_NEAR = 0.05
_NUMERAL = 0.4
"""A number that is also the text of some cell is more likely a number."""
_LEAST = 0.5
"""How well a value must be named to be tried."""
_NAME = frozenset(name_stems("name"))
_FULL = frozenset(name_stems("full whole complete"))
_PARTS = frozenset(name_stems("first last given family middle"))
_PART = 0.9
"""How well a part of a name answers the question for the full name."""
_TESTS = (exp.EQ, exp.NEQ, exp.In, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.Between)


@frozen
class Choice:
    """What one hole may hold: a value, or a column, or a table. `at` is where the question says it, -1 where it does not."""

    score: float
    value: str | float | None = None
    table: str = ""
    column: str = ""
    words: frozenset[str] = frozenset()
    at: int = -1
    mention: Mention | None = None
    """The value's."""

    @property
    def code(self) -> exp.Expr:
        """As the statement writes it."""
        if self.value is not None:
            return (
                exp.Literal.string(self.value)
                if isinstance(self.value, str)
                else exp.Literal.number(self.value)
            )
        return column_of(self.table, self.column)

    @property
    def places(self) -> range:
        """The tokens of the question that it takes up for itself."""
        if self.mention is not None:
            return _places(self.mention)
        return range(self.at, self.at + 1) if self.value is not None else range(0)


@frozen
class Filling:
    """What each hole holds, by its id; `score` is the sum over the holes, at last their mean."""

    chosen: dict[str, Choice] = field(factory=dict)
    score: float = 0.0
    outputs: tuple[str, ...] = ()
    """What of `chosen` stands in for the shape's outputs, however many those are; empty where the holes stay."""

    @property
    def taken(self) -> frozenset[int]:
        """The tokens that values take up."""
        return frozenset(at for choice in self.chosen.values() for at in choice.places)

    @property
    def tables(self) -> frozenset[str]:
        """The tables that columns were chosen of."""
        return frozenset(choice.table for choice in self.chosen.values() if choice.table)


@frozen(slots=False)
class Filler:
    """Fills one shape from one question."""

    shape: Step
    template: exp.Expr
    reading: Reading
    places: dict[str, int]
    """Where the example's question says what each hole stands for; only holes that it says."""

    def fillings(self) -> list[Filling]:
        """Ways to fill all holes, the best first. Plain columns in the output may be as many as the question itself lists."""
        holes = self._in_order()
        listed = self._listed()
        beam = self._filled([Filling()], [hole for hole in holes if hole.id not in listed])
        found = self._filled(beam, [hole for hole in holes if hole.id in listed])
        if self._shown:
            found += [as_asked for filling in beam if (as_asked := self._as_asked(filling)) is not None]
        return [evolve(filling, score=filling.score / max(1, len(filling.chosen))) for filling in found]

    def _filled(self, beam: list[Filling], holes: list[Hole]) -> list[Filling]:
        for hole in holes:
            wider = [
                Filling({**filling.chosen, hole.id: choice}, filling.score + choice.score)
                for filling in beam
                for choice in self._choices(hole, filling)
            ]
            beam = sorted(wider, key=lambda each: -each.score)[:_BEAM]
        return beam

    @cached_property
    def _shown(self) -> list[str]:
        """The holes that are outputs as they stand."""
        if not isinstance(self.template, exp.Select):
            return []
        return [output.name for output in self.template.expressions if isinstance(output, exp.Column)]

    def _listed(self) -> frozenset[str]:
        """The holes that are nothing but outputs."""
        used = Counter(column.name for column in self.template.find_all(exp.Column))
        return frozenset(name for name in self._shown if used[name] == 1)

    def _as_asked(self, filling: Filling) -> Filling | None:
        """The filling with the columns that the question lists before it comes to its conditions."""
        taken, tables = filling.taken, filling.tables
        used = {
            (choice.table, choice.column)
            for name, choice in filling.chosen.items()
            if name not in self._shown
        }
        end = min([*taken, *self._clauses()], default=len(self.reading.links.tokens))
        named = {mention.table for mention in self.reading.links.of("table")}
        ranked = sorted(
            (m for m in self.reading.links.of("column", 0, end - 1) if m.score >= _LISTED),
            key=lambda m: (
                -(m.score + _HERE * (m.table in tables) + _NEAR * (m.table in named)),
                m.first,
                m.table,
                m.column or "",
            ),
        )
        chosen: list[Mention] = []
        for mention in ranked:
            apart = all(mention.last < other.first or other.last < mention.first for other in chosen)
            if apart and (mention.table, mention.column or "") not in used:
                chosen.append(mention)
        taken_up = {at for mention in chosen for at in _places(mention)}
        choices = [
            Choice(0.3 + 0.7 * m.score, table=m.table, column=m.column or "", words=m.words, at=m.first)
            for m in chosen
        ] + self._full_names(range(end), taken_up, tables or {mention.table for mention in chosen})
        if not choices:
            return None
        choices.sort(key=lambda choice: choice.at)
        outputs = {f"o{number}": choice for number, choice in enumerate(choices, start=1)}
        score = filling.score + sum(choice.score for choice in outputs.values())
        return Filling({**filling.chosen, **outputs}, score, tuple(outputs))

    def _full_names(self, places: range, taken: Collection[int], tables: Collection[str]) -> list[Choice]:
        """The parts of a name, where the question asks for a full name and one of the tables keeps it in parts."""
        tokens = self.reading.links.tokens
        said = [
            at
            for at in places
            if at and tokens[at].stem in _NAME and tokens[at - 1].stem in _FULL and at not in taken
        ]
        for table in self.reading.catalog.tables if said else ():
            parts = [column.name for column in table.columns if _is_part_of_a_name(column.name)]
            if table.name in tables and len(parts) > 1:
                return [
                    Choice(_PART, table=table.name, column=part, words=_NAME, at=said[0]) for part in parts
                ]
        return []

    def _clauses(self) -> list[int]:
        """Where the question turns from what it wants shown to which rows it means."""
        return [
            at
            for at, token in enumerate(self.reading.links.tokens)
            if at > 1 and token.text.lower() in _CLAUSES
        ][:1]

    def unused_values(self, filling: Filling) -> int:
        """How many values the question names that nothing uses."""
        taken = filling.taken
        return sum(taken.isdisjoint(_places(mention)) for mention in self.named)

    def unused_numbers(self, filling: Filling) -> int:
        """How many numbers the question says that nothing uses."""
        taken = filling.taken
        return sum(at not in taken for at in self.numbers)

    def turned(self, filling: Filling) -> int:
        """How many pairs of columns the question names in the other order than the example's question."""
        said = [
            (self.places[name], choice.at)
            for name, choice in filling.chosen.items()
            if name in self.places and choice.at >= 0 and choice.column
        ]
        return sum((one[0] - other[0]) * (one[1] - other[1]) < 0 for one, other in combinations(said, 2))

    def _in_order(self) -> list[Hole]:
        """Values first, for they say which column they are of; then what the example's question said."""
        rank = {"value": 0, "column": 1, "table": 2}
        return sorted(
            self.shape.holes, key=lambda hole: (rank.get(hole.kind, 3), not hole.phrase, int(hole.id[1:]))
        )

    def _choices(self, hole: Hole, filling: Filling) -> list[Choice]:
        make = {"value": self._values, "column": self._columns}.get(hole.kind, self._tables)
        found = sorted(
            make(hole, filling),
            key=lambda choice: (-choice.score, choice.at, choice.table, choice.column, str(choice.value)),
        )
        return found[:_CHOICES]

    def _values(self, hole: Hole, filling: Filling) -> Iterator[Choice]:
        taken = filling.taken
        if hole.hint == "a number":
            inside = {at for mention in self.named for at in _places(mention)}
            for at, token in enumerate(self.reading.links.tokens):
                if token.number is not None and at not in taken:
                    number = int(token.number) if token.number == int(token.number) else token.number
                    yield Choice(0.5 if at in inside else 1.0, number, words=frozenset({token.stem}), at=at)
            return
        wanted = self.compared.get(hole.id)
        same = [
            choice.mention.column
            for value, column in self.compared.items()
            if column == wanted and (choice := filling.chosen.get(value)) and choice.mention
        ]
        for mention in self.reading.links.of("value"):
            if (
                mention.score < _LEAST
                or not taken.isdisjoint(_places(mention))
                or (same and same[0] != mention.column)
            ):
                continue
            score = min(1.0, mention.score + 0.05 * (mention.last - mention.first))
            if mention.first == mention.last and self.reading.links.tokens[mention.first].number is not None:
                score -= _NUMERAL
            yield Choice(score, str(mention.value), words=mention.words, at=mention.first, mention=mention)

    def _columns(self, hole: Hole, filling: Filling) -> Iterator[Choice]:
        for value, column in self.compared.items():
            choice = filling.chosen.get(value)
            if column == hole.id and choice is not None and choice.mention is not None:
                mention = choice.mention
                yield Choice(1.0, table=mention.table, column=mention.column or "", at=mention.first)
                return
        taken, tables = filling.taken, filling.tables
        before = {(choice.table, choice.column) for id_, choice in filling.chosen.items() if id_[0] == "c"}
        for table, column, kind in kinds(self.reading.catalog):
            if not alike(hole.hint, kind):
                continue
            found = self.spoken.get((table, column), ())
            said = next((m for m in found if taken.isdisjoint(_places(m))), None)
            score = fits(hole, kind, column, said, self.opener) + _NEAR * (table in tables)
            if (table, column) in before:
                score -= _TWICE
            if said is None:
                yield Choice(score, table=table, column=column)
            else:
                yield Choice(score, table=table, column=column, words=said.words, at=said.first)

    def _tables(self, hole: Hole, filling: Filling) -> Iterator[Choice]:
        used = filling.tables
        named = {mention.table: mention for mention in reversed(self.reading.links.of("table"))}
        for table in self.reading.catalog.tables:
            mention = named.get(table.name)
            score = 0.5 * (table.name in used) + (0.5 * mention.score if mention else 0.0)
            if mention is None:
                yield Choice(score, table=table.name)
            else:
                yield Choice(score, table=table.name, words=mention.words, at=mention.first)

    @cached_property
    def compared(self) -> dict[str, str]:
        """The column hole that each value hole is compared with."""
        found = {}
        for place in self.template.find_all(exp.Placeholder):
            test = place.find_ancestor(*_TESTS)
            if test is not None and (column := test.this.find(exp.Column)) is not None:
                found[place.name] = column.name
        return found

    @cached_property
    def opener(self) -> int:
        """The token by which the question says what it wants shown: the first after its question word, -1 without one."""
        low = [token.text.lower() for token in self.reading.links.tokens]
        return next((at + 1 for at, word in enumerate(low) if word in {"which", "what"}), -1)

    @cached_property
    def numbers(self) -> list[int]:
        """The tokens that are numbers and no part of a value that is named."""
        return said_numbers(self.reading, self.named)

    @cached_property
    def spoken(self) -> dict[tuple[str, str], list[Mention]]:
        """The mentions of each column, best first."""
        found: dict[tuple[str, str], list[Mention]] = {}
        for mention in self.reading.links.of("column"):
            found.setdefault((mention.table, mention.column or ""), []).append(mention)
        return found

    @cached_property
    def named(self) -> list[Mention]:
        """The values that the question surely names."""
        return named_values(self.reading)


def _places(mention: Mention) -> range:
    return range(mention.first, mention.last + 1)


def _is_part_of_a_name(name: str) -> bool:
    """Whether the column's name is that of a first name, a last name or the like."""
    stems = frozenset(name_stems(name))
    return stems >= _NAME and not stems.isdisjoint(_PARTS)
