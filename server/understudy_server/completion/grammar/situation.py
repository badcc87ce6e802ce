"""All that a grammar depends on, so that two cursors in the same situation share theirs."""

from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from understudy_knowledge.catalog.model import Table
from understudy_server.completion.grammar.following import Following, following
from understudy_server.completion.grammar.place import Place
from understudy_server.completion.grammar.position import Level, UnknownError, is_word
from understudy_server.completion.grammar.reading import levels_of
from understudy_server.completion.grammar.scope import Source
from understudy_server.completion.grammar.style import Style, style_of
from understudy_server.context.defined.relations import FileTables
from understudy_server.context.query_context import QueryContext, VisibleRelation
from understudy_server.context.sql.lexer import Token


@frozen(eq=False)
class Situation:
    """`levels` are the open parentheses, outermost first; `query` is the index of the innermost query among them."""

    levels: tuple[Level, ...]
    query: int
    suffix: Following
    style: Style
    relations: tuple[Source, ...] | None
    """Those in scope; None where one of them has columns that nobody can list."""
    made: tuple[Source, ...]
    """Those that FROM may name and that no table stands behind: CTEs and DataFrames."""
    own: tuple[Table, ...]
    """Tables that the file defines above."""
    given: tuple[str, ...]
    question: str
    qualifier: str
    """What stands before the dot of the name being typed."""
    literals: bool
    """Whether text literals may be written: not where the Python string around cannot hold their quotes."""

    @property
    def stop(self) -> int:
        """The index of the level at which the suffix goes on."""
        return self.suffix.closes

    @property
    def reads_from(self) -> bool:
        """Whether the innermost query has its FROM, left or right of the cursor."""
        below = self.stop - self.query
        reads = self.suffix.reads
        return self.levels[self.query].has_from or (0 <= below < len(reads) and reads[below])

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal situations, with the same catalog."""
        return (
            repr(self.levels),
            self.suffix,
            self.style,
            self.relations,
            self.made,
            tuple((table.name, tuple(column.name for column in table.columns)) for table in self.own),
            self.given,
            self.question,
            self.qualifier,
            self.literals,
        )


def situation_of(
    context: QueryContext, place: Place, before: Sequence[Token], behind: Sequence[Token]
) -> Situation:
    """The situation at the place; the tokens are those left and right of the cursor. Raises UnknownError."""
    suffix = following(behind)
    levels = levels_of(place.tokens)
    if levels[-1].kind == "derived":
        levels[-1].kind = "query"
    if len(levels) - 1 < suffix.closes:
        raise UnknownError("a parenthesis that nothing opened")
    if levels[-1].expects == "named" and levels[-1].clause == "from" and not (place.typed or place.blank):
        raise UnknownError("an alias that may not be written to its end")
    query = max(at for at, level in enumerate(levels) if level.kind == "query")
    form = context.string
    return Situation(
        tuple(levels),
        query,
        suffix,
        style_of((*before, *behind), context.dialect),
        _relations(context, place.typed.rpartition(".")[2].lower(), levels, before, behind),
        tuple(
            Source(relation.name, relation.name, relation.columns)
            for relation in context.relations
            if relation.kind in ("cte", "frame") and relation.table is None and relation.columns
        ),
        tuple(context.tables.own()) if isinstance(context.tables, FileTables) else (),
        # Elsewhere a name that stands for an aggregate must not be used, and nobody says which do.
        context.given if levels[query].clause == "order by" else (),
        context.question.text,
        place.typed.rpartition(".")[0],
        literals=form is None or not (form.raw and "'" in form.quote),
    )


def _relations(
    context: QueryContext,
    typed: str,
    levels: Sequence[Level],
    before: Sequence[Token],
    behind: Sequence[Token],
) -> tuple[Source, ...] | None:
    counted = Counter(token.name.lower() for token in (*before, *behind) if is_word(token))
    # Where FROM is still to come, the names are right of the cursor.
    read = {name.lower() for level in levels for name in level.relations}
    read |= {token.name.lower() for token in behind if is_word(token)}
    found = []
    for relation in context.relations:
        name = relation.name.lower()
        # A CTE that is only defined is not in scope, and what is half typed is no relation yet.
        if (relation.kind == "cte" and name not in read) or (name == typed and counted[name] < 2):
            continue
        source = _source(relation)
        if source is None:
            return None
        found.append(source)
    return tuple(found)


def _source(relation: VisibleRelation) -> Source | None:
    if relation.columns is None:
        return None
    return Source(relation.table or relation.name, relation.name, relation.columns, relation.table)
