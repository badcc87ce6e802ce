"""What may be named in one query: its relations and the references to their columns."""

from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import frozen

from understudy_server.completion.grammar.nodes import NOTHING, Node, Text, alt, seq
from understudy_server.completion.grammar.rules import Rules


@frozen
class Source:
    """A relation as FROM names it: `path` unquoted and dotted, `name` what its columns are qualified with."""

    path: str
    name: str
    columns: tuple[str, ...]
    table: str | None = None
    """The catalog's path of the base table, None where it is none."""

    @property
    def renamed(self) -> bool:
        """Whether it has an alias."""
        return self.path.rpartition(".")[2].lower() != self.name.lower()


@frozen
class Scope:
    """`given` are names that the query gives its columns and that may be whole items; `outer` go by their qualifier only."""

    sources: tuple[Source, ...]
    given: tuple[str, ...] = ()
    outer: frozenset[str] = frozenset()
    """Lower-case names of the relations of the queries around."""
    bare: bool = True
    """Whether bare names may stand: not where a join to come may have a column of the same name."""

    def column(self, rules: Rules) -> Node:
        """A reference to a column: by its bare name where only one relation has it, else qualified."""
        counted = Counter(column.lower() for source in self.sources for column in set(source.columns))
        options: list[Node] = []
        qualifiers = Counter(source.name.lower() for source in self.sources)
        for source in self.sources:
            bare = [
                name
                for name in source.columns
                if self.bare and counted[name.lower()] == 1 and source.name.lower() not in self.outer
            ]
            if bare and len(bare) == len(source.columns):
                options.append(columns_of(source.columns, rules))
            else:
                options += [Text(rules.style.name(name)) for name in bare]
            if qualifiers[source.name.lower()] == 1 and source.columns:
                options.append(self.qualified(source, rules))
        return alt(*options)

    def given_name(self, rules: Rules) -> Node:
        """One of the names that the query gives."""
        return alt(*(Text(rules.style.name(name)) for name in dict.fromkeys(self.given)))

    def qualified(self, source: Source, rules: Rules) -> Node:
        """A reference to a column of that relation, qualified."""
        return seq(Text(rules.style.name(source.name) + "."), columns_of(source.columns, rules))


def columns_of(columns: Iterable[str], rules: Rules) -> Node:
    """The bare names, one rule for each set of them."""
    names = tuple(dict.fromkeys(columns))
    if not names:
        return NOTHING
    known = rules.columns.setdefault(names, f"COL{len(rules.columns)}")
    return rules.rule(known, alt(*(Text(rules.style.name(name)) for name in names)))


def written(source: Source, rules: Rules) -> Node:
    """The relation as FROM has it."""
    path = Text(rules.style.path(source.path))
    if not source.renamed:
        return path
    return seq(path, rules.clause("AS"), Text(rules.style.name(source.name)))


def covering(columns: Sequence[tuple[str, str]], sources: Sequence[Source]) -> bool:
    """Whether every (qualifier, column) is of one of the relations; a star is of any."""
    return all(
        any(
            (not qualifier or source.name.lower() == qualifier.lower())
            and column.lower() in {each.lower() for each in source.columns}
            for source in sources
        )
        for qualifier, column in columns
    )
