"""The shape of a statement: every table, column and spoken value a hole, so that a question over other tables can fill it.

Joins are no part of it: which tables hang together how is for the keys of the other catalog to say. A shape is made only
where nothing gets lost by that: inner joins, each table once in a scope, no CTE, no derived table, no correlated query.
"""

from attrs import define, field
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.memory.records import Hole, Step
from understudy_knowledge.models.embedded.columns import is_key, label
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import parse
from understudy_knowledge.models.embedded.tokens import name_stems

CLAUSE = "shape"
_UNSHAPED = (exp.CTE, exp.Window, exp.Star, exp.Lateral)


def shape_of(code: str, reading: Reading, dialect: str) -> Step | None:
    """The shape of a statement that answers the question; None where it has none."""
    tree = parse(code, dialect)
    if not isinstance(tree, exp.Query):
        return None
    tree = tree.copy()
    _texts_in_double_quotes(tree, reading.catalog)
    try:
        qualified = qualify(
            tree,
            schema=reading.catalog.sqlglot_schema,
            dialect=dialect,
            expand_stars=False,
            validate_qualify_columns=False,
            quote_identifiers=False,
            identify=False,
        )
        lifting = _Lifting(reading)
        if not all(lifting.lift(scope) for scope in traverse_scope(qualified)):
            return None
    except (SqlglotError, RecursionError):
        return None
    if not lifting.columns and not lifting.tables:
        return None
    text = qualified.sql(dialect="sqlite", comments=False)
    holes = (*lifting.tables.values(), *lifting.columns.values(), *lifting.values.values())
    return Step("Write the whole statement", text, CLAUSE, holes)


def _texts_in_double_quotes(tree: exp.Expr, catalog: Catalog) -> None:
    """SQLite reads "Bob" as text where no column has that name."""
    names = {column.name.lower() for table in catalog.tables for column in table.columns}
    for column in list(tree.find_all(exp.Column)):
        if column.this.args.get("quoted") and not column.table and column.name.lower() not in names:
            column.replace(exp.Literal.string(column.name))


@define
class _Lifting:
    reading: Reading
    tables: dict[str, Hole] = field(factory=dict)
    columns: dict[tuple[str, str], Hole] = field(factory=dict)
    values: dict[str, Hole] = field(factory=dict)

    def lift(self, scope: Scope) -> bool:
        """Put holes into one scope; False where it cannot be shaped."""
        query = scope.expression
        if not isinstance(query, exp.Select):
            return isinstance(query, exp.SetOperation) and not scope.cte_sources
        if query.args.get("from_") is None:
            return True  # it computes with what its inner queries answer
        known: dict[str, Table] = {}
        for name, (node, source) in scope.selected_sources.items():
            table = self.reading.catalog.table(source.name) if isinstance(source, exp.Table) else None
            if table is None or node.args.get("joins"):
                return False
            known[name] = table
        if len({table.path for table in known.values()}) != len(known) or not known:
            return False
        joins = query.args.get("joins") or []
        if any(join.side for join in joins) or any(_own(query, kind) for kind in _UNSHAPED):
            return False
        for column in [
            each for each in scope.columns if not any(each.find_ancestor(exp.Join) is join for join in joins)
        ]:
            if not column.table:
                continue  # the name of an output
            table = known.get(column.table)
            found = table.column(column.name) if table is not None else None
            if table is None or found is None:
                return False
            column.replace(exp.column(self._column(table, found).id))
        query.set("joins", None)
        source = query.args["from_"].this
        root = known[source.alias_or_name]
        source.replace(exp.to_table(self._table(root).id))
        referred = {column.name.lower() for column in query.find_all(exp.Column) if not column.table}
        for output in query.expressions:
            if isinstance(output, exp.Alias) and output.alias.lower() not in referred:
                output.replace(output.this)
        for literal in list(query.find_all(exp.Literal)):
            if literal.find_ancestor(exp.Select) is query and (hole := self._value(literal)) is not None:
                literal.replace(exp.Placeholder(this=hole.id))
        return True

    def _table(self, table: Table) -> Hole:
        if table.path not in self.tables:
            phrase = self._said(table.name)
            self.tables[table.path] = Hole(
                f"t{len(self.tables) + 1}", "table", "a table", phrase, filled=table.path
            )
        return self.tables[table.path]

    def _column(self, table: Table, column: Column) -> Hole:
        key = (table.path, column.name)
        if key not in self.columns:
            self.columns[key] = Hole(
                f"c{len(self.columns) + 1}",
                "column",
                kind_of(self.reading.catalog, table, column),
                self._said(column.name),
                filled=f"{table.path}.{column.name}",
            )
        return self.columns[key]

    def _value(self, literal: exp.Literal) -> Hole | None:
        """The hole of a value that the question says; None for one that belongs to the shape."""
        key = literal.sql("sqlite")
        if key in self.values:
            return self.values[key]
        words = self._words_of(literal)
        if not words:
            return None
        hint = "a text" if literal.is_string else "a number"
        self.values[key] = Hole(f"v{len(self.values) + 1}", "value", hint, " ".join(words), filled=key)
        return self.values[key]

    def _words_of(self, literal: exp.Literal) -> tuple[str, ...]:
        tokens = self.reading.links.tokens
        if not literal.is_string:
            number = float(literal.name)
            return tuple(token.stem for token in tokens if token.number == number)[:1]
        wanted = name_stems(literal.name)
        stems = [stem for token in tokens for stem in name_stems(token.text)]
        for at in range(len(stems) - len(wanted) + 1):
            if wanted and tuple(stems[at : at + len(wanted)]) == wanted:
                return wanted
        return ()

    def _said(self, name: str) -> str:
        """The words of the question that a name is made of."""
        words = frozenset(name_stems(name)) & self.reading.links.content
        return " ".join(word for word in name_stems(name) if word in words)


def _own(query: exp.Select, kind: type[exp.Expr]) -> bool:
    """Whether the query has such a node outside of its inner queries; the star of COUNT(*) is none."""
    return any(
        node.find_ancestor(exp.Select) is query
        and not (isinstance(node, exp.Star) and isinstance(node.parent, exp.Count))
        for node in query.find_all(kind)
    )


def kind_of(catalog: Catalog, table: Table, column: Column) -> str:
    """What sort of column it is: label, key, number, date or text."""
    if label(table) is column:
        return "label"
    if is_key(catalog, table.name, column):
        return "key"
    if column.family in {"integer", "number"}:
        return "number"
    return "date" if column.family == "date" else "text"
