"""Which tables a query may read next, most relevant first: those asked for, and those that keys link to what is there."""

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from understudy_knowledge.catalog.model import Catalog, Table
from understudy_server.completion.grammar.relevance import Relevance
from understudy_server.completion.grammar.scope import Source, covering

MOST_SINGLE = 12
MOST_PAIRS = 6
MOST_JOINED = 6
MOST_COLUMNS = 300
"""Of all choices for FROM together: what a grammar lists of them makes its size."""
_MOST_CANDIDATES = 40


@frozen
class Candidates:
    """Relations that FROM may name, most relevant first, and the catalog's links between them."""

    sources: tuple[Source, ...]
    links: frozenset[frozenset[str]]
    """Pairs of lower-case paths of tables."""

    def linked(
        self, sources: Sequence[Source], columns: Sequence[tuple[str, str]], most: int = MOST_JOINED
    ) -> list[Source]:
        """Those to join to the sources: the ones a key links first, each with a name that is not taken.

        Of the `columns` that the query names already none becomes ambiguous, and a qualifier that none of the sources goes
        by becomes the joined one's alias.
        """
        taken = {source.name.lower() for source in sources}
        bare = {column.lower() for qualifier, column in columns if not qualifier}
        wanted = next(
            (qualifier for qualifier, _ in columns if qualifier and qualifier.lower() not in taken), ""
        )
        needed = {column.lower() for qualifier, column in columns if wanted and qualifier == wanted}
        ranked = sorted(
            self.sources, key=lambda one: not any(self._are_linked(one, other) for other in sources)
        )
        fitting = []
        for one in ranked:
            names = {name.lower() for name in one.columns}
            named = evolve(one, name=wanted) if wanted else one
            if named.name.lower() not in taken and bare.isdisjoint(names) and needed <= names | {"*"}:
                fitting.append(named)
        return [one for (one,) in _bounded([(one,) for one in fitting[:most]])]

    def pairs(self, most: int = MOST_PAIRS) -> list[tuple[Source, ...]]:
        """Two relations that a key links, the more relevant one first."""
        found: list[tuple[Source, ...]] = []
        for at, one in enumerate(self.sources):
            found += [(one, other) for other in self.sources[at + 1 :] if self._are_linked(one, other)]
        return _bounded(found[:most])

    def covering(self, columns: Sequence[tuple[str, str]], qualifier: str = "") -> list[tuple[Source, ...]]:
        """What FROM may name so that the columns already written are known: one relation, or two that are linked.

        Qualifiers that no relation goes by become aliases, that of the column being typed as well. Empty where no two
        relations have them all.
        """
        used = [*(name for name, _ in columns), qualifier]
        single = [
            named for one in self.sources if (named := _named((one,), used)) and covering(columns, named)
        ]
        pairs = [
            named
            for at, one in enumerate(self.sources)
            for other in self.sources[at + 1 :]
            if self._are_linked(one, other)
            for pair in ((one, other), (other, one))
            if (named := _named(pair, used)) and covering(columns, named) and _unambiguous(columns, named)
        ]
        return [*_bounded(single[:MOST_SINGLE]), *_bounded(pairs[:MOST_PAIRS])]

    def _are_linked(self, one: Source, other: Source) -> bool:
        return frozenset(((one.table or one.path).lower(), (other.table or other.path).lower())) in self.links


def candidates_of(
    question: str, made: Sequence[Source], own: Sequence[Table], relevance: Relevance, named: frozenset[str]
) -> Candidates:
    """What there is to name: relations that the statement or the code around `made`, tables of the file's `own`, the catalog's."""
    catalog = relevance.catalog
    hidden = {source.path.lower() for source in made}
    sources = [*made]
    tables = relevance.tables(question, named, _MOST_CANDIDATES)
    for table, path in [
        *((table, table.name) for table in own),
        *((table, catalog.short_path(table)) for table in tables),
    ]:
        if path.lower() not in hidden and table.columns:
            hidden.add(path.lower())
            columns = tuple(column.name for column in table.columns)
            sources.append(Source(path, table.name, columns, path))
    return Candidates(tuple(sources), _links(tables, catalog))


def _bounded(choices: Sequence[tuple[Source, ...]]) -> list[tuple[Source, ...]]:
    """As many of the choices, from the first one on, as have not too many columns in all."""
    taken: list[tuple[Source, ...]] = []
    left = MOST_COLUMNS
    for choice in choices:
        left -= sum(len(source.columns) for source in choice)
        if taken and left < 0:
            break
        taken.append(choice)
    return taken


def _links(tables: Iterable[Table], catalog: Catalog) -> frozenset[frozenset[str]]:
    found = set()
    for table in tables:
        for key in table.foreign_keys:
            other = catalog.table(key.ref_table)
            if other is not None and other is not table:
                found.add(frozenset((catalog.short_path(table).lower(), catalog.short_path(other).lower())))
    return frozenset(found)


def _named(sources: tuple[Source, ...], qualifiers: Sequence[str]) -> tuple[Source, ...]:
    """The sources with the qualifiers in use as aliases, in the order of their first use; () if these are too many."""
    names = {source.name.lower() for source in sources}
    unknown = list(dict.fromkeys(name for name in qualifiers if name and name.lower() not in names))
    if len(unknown) > len(sources):
        return ()
    free = iter(unknown)
    used = {name.lower() for name in qualifiers}
    return tuple(
        source if source.name.lower() in used else evolve(source, name=next(free, source.name))
        for source in sources
    )


def _unambiguous(columns: Sequence[tuple[str, str]], sources: Sequence[Source]) -> bool:
    bare = {column.lower() for qualifier, column in columns if not qualifier}
    owners = [name.lower() for source in sources for name in source.columns if name.lower() in bare]
    return len(owners) == len(set(owners))
