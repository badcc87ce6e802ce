"""A lesson's shape filled from another question, over whatever tables that question is about."""

from functools import lru_cache

from attrs import frozen
from sqlglot import exp

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Step
from understudy_knowledge.memory.words import stem, words
from understudy_knowledge.models.embedded.compose import composer_for
from understudy_knowledge.models.embedded.filling import Filler, Filling
from understudy_knowledge.models.embedded.joins import connect
from understudy_knowledge.models.embedded.likeness import likeness, rest_of
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import identifier, parse

_KEPT = 4
_LIKENESS = 0.6
"""How much of the score the wording has; the rest is how well the holes are filled."""
_MORE_TABLES = 0.06
_UNUSED = 0.08
_TURNED = 0.06
_HOLE = 0.01


@frozen
class Fit:
    """What speaks for and against a filled shape. The shares are in [0, 1], all else counts."""

    alike: float
    """The wording of the two questions beside what went into holes."""
    filled: float
    """How well the holes are filled, by hole."""
    unused_values: int = 0
    """Values that the question surely names and the statement does not have."""
    unused_numbers: int = 0
    turned: int = 0
    """Pairs of columns that the question names in the other order than the example's question."""
    tables: int = 1
    holes: int = 0

    @property
    def score(self) -> float:
        """One figure for it, before the statement is held against others that no shape was used for."""
        return (
            _LIKENESS * self.alike
            + (1 - _LIKENESS) * self.filled
            - _MORE_TABLES * max(0, self.tables - 1)
            - _UNUSED * (self.unused_values + self.unused_numbers)
            - _TURNED * self.turned
            - _HOLE * self.holes
        )


@frozen
class Transferred:
    """A statement after the shape, how well it fits, and the words of the question that went into holes."""

    tree: exp.Expr
    fit: Fit
    words: frozenset[str]

    @property
    def score(self) -> float:
        """How well it answers."""
        return self.fit.score


def transfer(shape: Step, question: str, reading: Reading) -> list[Transferred]:
    """Statements in the shape that was made for `question`, filled for the question that was read; the best first."""
    template = _template(shape.code)
    if template is None:
        return []
    filler = Filler(shape, template, reading, _places_in(question, shape))
    left = rest_of(question, frozenset(stem for hole in shape.holes for stem in hole.phrase.split()))
    scored = []
    for filling in filler.fillings():
        taken = frozenset(word for choice in filling.chosen.values() for word in choice.words)
        fit = Fit(
            likeness(left, rest_of(reading.question, taken)),
            filling.score,
            filler.unused_values(filling),
            filler.unused_numbers(filling),
            filler.turned(filling),
            len(filling.tables),
            len(filling.chosen),
        )
        scored.append((fit, filling, taken))
    scored.sort(key=lambda each: -each[0].score)
    found: list[Transferred] = []
    for fit, filling, taken in scored:
        if len(found) < _KEPT and (tree := _written(template, filling, reading.catalog)) is not None:
            found.append(Transferred(tree, fit, taken))
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


def _written(template: exp.Expr, filling: Filling, catalog: Catalog) -> exp.Expr | None:
    """The statement; None where its tables do not hang together."""
    tree = template.copy()
    if filling.outputs and isinstance(tree, exp.Select):
        computed = [output for output in tree.expressions if not isinstance(output, exp.Column)]
        plain = [exp.column(name) for name in filling.outputs]
        ahead = bool(computed) and tree.expressions[0] is computed[0]
        tree.set("expressions", [*computed, *plain] if ahead else [*plain, *computed])
    for place in list(tree.find_all(exp.Placeholder)):
        if (choice := filling.chosen.get(place.name)) is not None:
            place.replace(choice.code)
    for column in list(tree.find_all(exp.Column)):
        if not column.table and (choice := filling.chosen.get(column.name)) is not None:
            column.replace(choice.code)
    if not all(_connected(query, filling, catalog) for query in list(tree.find_all(exp.Select))):
        return None
    return tree


def _connected(query: exp.Select, filling: Filling, catalog: Catalog) -> bool:
    """Put the tables of the query's own columns into its FROM."""
    if query.args.get("from_") is None:
        return True
    columns = [column for column in query.find_all(exp.Column) if column.find_ancestor(exp.Select) is query]
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
    joins = connect(root, needed, (), composer_for(catalog).known)
    if joins is None:
        return False
    query.set("from_", exp.From(this=_table(root, catalog)))
    for join in joins:
        query.join(_table(join.right, catalog), on=join.on.copy(), copy=False)
    if not joins:
        for column in columns:
            column.set("table", None)
    return True


def _table(name: str, catalog: Catalog) -> exp.Table:
    table = catalog.table(name)
    return exp.Table(this=identifier(table.name if table else name))
