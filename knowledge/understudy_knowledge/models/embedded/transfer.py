"""A lesson's shape filled from another question, over whatever tables that question is about."""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import combinations

from attrs import evolve, field, frozen
from sqlglot import exp

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Hole, Step
from understudy_knowledge.memory.words import stem, words
from understudy_knowledge.models.embedded.columns import column_of
from understudy_knowledge.models.embedded.compose import composer_for
from understudy_knowledge.models.embedded.joins import connect
from understudy_knowledge.models.embedded.likeness import likeness, rest_of
from understudy_knowledge.models.embedded.linking import Mention
from understudy_knowledge.models.embedded.per_catalog import PerCatalog
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.shapes import kind_of
from understudy_knowledge.models.embedded.sketch import identifier, parse
from understudy_knowledge.models.embedded.tokens import name_stems

_BEAM = 16
_CHOICES = 5
_KEPT = 4
_LIKENESS = 0.6
"""How much of the score the wording has; the rest is how well the holes are filled."""
_MORE_TABLES = 0.06
_UNUSED = 0.08
_TURNED = 0.06
"""Two columns that the question names in the other order than the example's question."""
_HOLE = 0.01
_TWICE = 1.0
_HERE = 0.1
_LISTED = 0.6
"""How well a column must be named to be one of several that the question lists."""
_CLAUSES = frozenset("whose where who that with having which sorted ordered order when".split())
_NEAR = 0.05
_NUMERAL = 0.4
"""A number that is also the text of some cell is more likely a number."""
_LEAST, _SURE = 0.5, 0.7
"""How well a value must be named to be tried, and to be missed where nothing uses it."""
_TESTS = (exp.EQ, exp.NEQ, exp.In, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.Between)


@frozen
class Transferred:
    """A statement after the shape, how well it answers, and the words of the question that went into holes."""

    tree: exp.Expr
    score: float
    words: frozenset[str]


@frozen
class _Choice:
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
class _Filling:
    chosen: dict[str, _Choice] = field(factory=dict)
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


def transfer(shape: Step, question: str, reading: Reading) -> list[Transferred]:
    """Statements in the shape that was made for `question`, filled for the question that was read; the best first."""
    template = _template(shape.code)
    if template is None:
        return []
    filler = _Filler(shape, template, reading, _compared(template), _places_in(question, shape))
    known = frozenset(stem for hole in shape.holes for stem in hole.phrase.split())
    left = rest_of(question, known)
    scored = []
    for filling in filler.fillings():
        taken = frozenset(word for choice in filling.chosen.values() for word in choice.words)
        alike = likeness(left, rest_of(reading.question, taken))
        score = _LIKENESS * alike + (1 - _LIKENESS) * filling.score - filler.cost(filling)
        scored.append((score, filling, taken))
    scored.sort(key=lambda each: -each[0])
    found: list[Transferred] = []
    for score, filling, taken in scored:
        if len(found) < _KEPT and (tree := filler.written(filling)) is not None:
            found.append(Transferred(tree, score, taken))
    return found


def _places_in(question: str, shape: Step) -> dict[str, int]:
    """Where the example's question says what each hole stands for; only holes that it says."""
    said = [stem(word) for word in words(question)]
    found = {}
    for hole in shape.holes:
        places = [said.index(word) for word in hole.phrase.split() if word in said]
        if places:
            found[hole.id] = min(places)
    return found


@lru_cache(maxsize=4096)
def _template(code: str) -> exp.Expr | None:
    return parse(code, "sqlite")


def _compared(template: exp.Expr) -> dict[str, str]:
    """The column hole that each value hole is compared with."""
    found = {}
    for place in template.find_all(exp.Placeholder):
        test = place.find_ancestor(*_TESTS)
        if test is not None and (column := test.this.find(exp.Column)) is not None:
            found[place.name] = column.name
    return found


@frozen(slots=False)
class _Filler:
    shape: Step
    template: exp.Expr
    reading: Reading
    compared: dict[str, str]
    places: dict[str, int]

    def fillings(self) -> list[_Filling]:
        """Ways to fill all holes, the best first. A plain list of outputs may be as long as the question's own list."""
        holes = self._in_order()
        listed = self._listed()
        fixed = [hole for hole in holes if hole.id not in listed]
        beam = self._filled([_Filling()], fixed)
        found = self._filled(beam, [hole for hole in holes if hole.id in listed])
        if listed:
            found += [as_asked for filling in beam if (as_asked := self._as_asked(filling)) is not None]
        return [evolve(filling, score=filling.score / max(1, len(filling.chosen))) for filling in found]

    def _filled(self, beam: list[_Filling], holes: list[Hole]) -> list[_Filling]:
        for hole in holes:
            wider = [
                _Filling({**filling.chosen, hole.id: choice}, filling.score + choice.score)
                for filling in beam
                for choice in self._choices(hole, filling)
            ]
            beam = sorted(wider, key=lambda each: -each.score)[:_BEAM]
        return beam

    def _listed(self) -> frozenset[str]:
        """The holes that are nothing but outputs, where all outputs are."""
        if not isinstance(self.template, exp.Select) or self.template.args.get("group"):
            return frozenset()
        outputs = [output.name for output in self.template.expressions if isinstance(output, exp.Column)]
        used = Counter(column.name for column in self.template.find_all(exp.Column))
        plain = len(outputs) == len(self.template.expressions) and all(used[name] == 1 for name in outputs)
        return frozenset(outputs) if plain else frozenset()

    def _as_asked(self, filling: _Filling) -> _Filling | None:
        """The filling with the columns that the question lists before it comes to its conditions."""
        taken, tables = filling.taken, filling.tables
        used = {(choice.table, choice.column) for choice in filling.chosen.values()}
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
        if not chosen:
            return None
        outputs = {
            f"o{number}": _Choice(
                0.3 + 0.7 * m.score, table=m.table, column=m.column or "", words=m.words, at=m.first
            )
            for number, m in enumerate(sorted(chosen, key=lambda m: m.first), start=1)
        }
        score = filling.score + sum(choice.score for choice in outputs.values())
        return _Filling({**filling.chosen, **outputs}, score, tuple(outputs))

    def _clauses(self) -> list[int]:
        """Where the question turns from what it wants shown to which rows it means."""
        return [
            at
            for at, token in enumerate(self.reading.links.tokens)
            if at > 1 and token.text.lower() in _CLAUSES
        ][:1]

    def cost(self, filling: _Filling) -> float:
        """What speaks against a filling as a whole: many tables, values that the question names and nothing uses."""
        taken = filling.taken
        unused = sum(taken.isdisjoint(_places(mention)) for mention in self.named)
        unused += sum(at not in taken for at in self.numbers)
        said = [
            (self.places[name], choice.at)
            for name, choice in filling.chosen.items()
            if name in self.places and choice.at >= 0 and choice.column
        ]
        turned = sum((one[0] - other[0]) * (one[1] - other[1]) < 0 for one, other in combinations(said, 2))
        more = max(0, len(filling.tables) - 1)
        return _MORE_TABLES * more + _UNUSED * unused + _TURNED * turned + _HOLE * len(filling.chosen)

    def written(self, filling: _Filling) -> exp.Expr | None:
        """The statement; None where its tables do not hang together."""
        tree = self.template.copy()
        if filling.outputs and isinstance(tree, exp.Select):
            tree.set("expressions", [exp.column(name) for name in filling.outputs])
        for place in list(tree.find_all(exp.Placeholder)):
            if (choice := filling.chosen.get(place.name)) is not None:
                place.replace(choice.code)
        for column in list(tree.find_all(exp.Column)):
            if not column.table and (choice := filling.chosen.get(column.name)) is not None:
                column.replace(choice.code)
        if not all(self._connected(query, filling) for query in list(tree.find_all(exp.Select))):
            return None
        return tree

    def _connected(self, query: exp.Select, filling: _Filling) -> bool:
        """Put the tables of the query's own columns into its FROM."""
        if query.args.get("from_") is None:
            return True
        columns = [
            column for column in query.find_all(exp.Column) if column.find_ancestor(exp.Select) is query
        ]
        needed = tuple(dict.fromkeys(column.table.lower() for column in columns if column.table))
        choice = filling.chosen.get(query.args["from_"].this.name)
        if choice is None:
            return False
        counted = any(
            isinstance(count.this, exp.Star) and count.find_ancestor(exp.Select) is query
            for count in query.find_all(exp.Count)
        )
        root = choice.table.lower()
        if needed and root not in needed and not (counted and choice.at >= 0):
            root = needed[0]
        joins = connect(root, needed, (), composer_for(self.reading.catalog).known)
        if joins is None:
            return False
        query.set("from_", exp.From(this=self._table(root)))
        for join in joins:
            query.join(self._table(join.right), on=join.on.copy(), copy=False)
        if not joins:
            for column in columns:
                column.set("table", None)
        return True

    def _table(self, name: str) -> exp.Table:
        table = self.reading.catalog.table(name)
        return exp.Table(this=identifier(table.name if table else name))

    def _in_order(self) -> list[Hole]:
        """Values first, for they say which column they are of; then what the example's question said."""
        rank = {"value": 0, "column": 1, "table": 2}
        return sorted(
            self.shape.holes, key=lambda hole: (rank.get(hole.kind, 3), not hole.phrase, int(hole.id[1:]))
        )

    def _choices(self, hole: Hole, filling: _Filling) -> list[_Choice]:
        make = {"value": self._values, "column": self._columns}.get(hole.kind, self._tables)
        found = sorted(
            make(hole, filling),
            key=lambda choice: (-choice.score, choice.at, choice.table, choice.column, str(choice.value)),
        )
        return found[:_CHOICES]

    def _values(self, hole: Hole, filling: _Filling) -> Iterator[_Choice]:
        taken = filling.taken
        if hole.hint == "a number":
            inside = {at for mention in self.named for at in _places(mention)}
            for at, token in enumerate(self.reading.links.tokens):
                if token.number is not None and at not in taken:
                    number = int(token.number) if token.number == int(token.number) else token.number
                    yield _Choice(0.5 if at in inside else 1.0, number, words=frozenset({token.stem}), at=at)
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
            yield _Choice(score, str(mention.value), words=mention.words, at=mention.first, mention=mention)

    def _columns(self, hole: Hole, filling: _Filling) -> Iterator[_Choice]:
        for value, column in self.compared.items():
            choice = filling.chosen.get(value)
            if column == hole.id and choice is not None and choice.mention is not None:
                mention = choice.mention
                yield _Choice(1.0, table=mention.table, column=mention.column or "", at=mention.first)
                return
        taken, tables = filling.taken, filling.tables
        before = {(choice.table, choice.column) for id_, choice in filling.chosen.items() if id_[0] == "c"}
        for table, column, kind in _kinds(self.reading.catalog):
            if not _alike(hole.hint, kind):
                continue
            found = self.spoken.get((table, column), ())
            said = next((m for m in found if taken.isdisjoint(_places(m))), None)
            score = _fits(hole, kind, column, said, self.opener) + _NEAR * (table in tables)
            if (table, column) in before:
                score -= _TWICE
            if said is None:
                yield _Choice(score, table=table, column=column)
            else:
                yield _Choice(score, table=table, column=column, words=said.words, at=said.first)

    def _tables(self, hole: Hole, filling: _Filling) -> Iterator[_Choice]:
        used = filling.tables
        named = {mention.table: mention for mention in reversed(self.reading.links.of("table"))}
        for table in self.reading.catalog.tables:
            mention = named.get(table.name)
            score = 0.5 * (table.name in used) + (0.5 * mention.score if mention else 0.0)
            if mention is None:
                yield _Choice(score, table=table.name)
            else:
                yield _Choice(score, table=table.name, words=mention.words, at=mention.first)

    @cached_property
    def opener(self) -> int:
        """The token by which the question says what it wants shown: the first after its question word, -1 without one."""
        low = [token.text.lower() for token in self.reading.links.tokens]
        return next((at + 1 for at, word in enumerate(low) if word in {"which", "what"}), -1)

    @cached_property
    def numbers(self) -> list[int]:
        """The tokens that are numbers and no part of a value that is named."""
        inside = {at for mention in self.named for at in _places(mention)}
        return [
            at
            for at, token in enumerate(self.reading.links.tokens)
            if token.number is not None and token.text[0].isdigit() and at not in inside
        ]

    @cached_property
    def spoken(self) -> dict[tuple[str, str], list[Mention]]:
        """The mentions of each column, best first."""
        found: dict[tuple[str, str], list[Mention]] = {}
        for mention in self.reading.links.of("column"):
            found.setdefault((mention.table, mention.column or ""), []).append(mention)
        return found

    @cached_property
    def named(self) -> list[Mention]:
        """The values that the question surely names: the best for each place."""
        found: list[Mention] = []
        for mention in sorted(
            self.reading.links.of("value"),
            key=lambda m: (m.first - m.last, -m.score, m.first, m.table, m.column or ""),
        ):
            apart = all(mention.last < other.first or other.last < mention.first for other in found)
            if apart and mention.score >= _SURE:
                found.append(mention)
        return found


def _fits(hole: Hole, kind: str, column: str, mention: Mention | None, opener: int) -> float:
    """How well a column fits a hole, in [0, 1]: by its name where it is said, else by being the same or of the same kind."""
    same = name_stems((hole.filled or "").rpartition(".")[2]) == name_stems(column)
    if hole.phrase:
        if mention is not None:
            return 0.3 + 0.7 * mention.score
        return 0.25 if same else 0.2 if kind == hole.hint == "label" else 0.0
    if same:
        return 0.75
    if mention is not None and mention.first == opener and hole.hint in {"label", "text"}:
        return 0.5 + 0.4 * mention.score
    if mention is not None and kind == hole.hint:
        return 0.3 + 0.4 * mention.score
    return 0.55 if kind == hole.hint and kind in {"label", "key"} else 0.1


def _every_kind(catalog: Catalog) -> list[tuple[str, str, str]]:
    return [
        (table.name, column.name, kind_of(catalog, table, column))
        for table in catalog.tables
        for column in table.columns
    ]


_kinds = PerCatalog(_every_kind)
"""Every column of a catalog with its kind."""


def _alike(wanted: str, kind: str) -> bool:
    """Whether a column of one kind may stand where one of the other stood."""
    if wanted == kind:
        return True
    return (
        {wanted, kind} <= {"label", "text"}
        or {wanted, kind} <= {"number", "key"}
        or {wanted, kind} <= {"key", "label"}
    )


def _places(mention: Mention) -> range:
    return range(mention.first, mention.last + 1)
