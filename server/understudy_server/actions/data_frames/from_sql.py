"""An SQL query as steps: only what pandas answers alike, with SQLite's reading of empty values, text and order."""

import re
from collections.abc import Iterator, Sequence

import sqlglot
from attrs import define, field
from sqlglot import exp
from sqlglot.errors import SqlglotError

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.data_frames.steps import Aggregate, Function, Source, Steps, labeled
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.meaning import resolve
from understudy_server.context.sql.lexer import Token, code_of, tokenize

_NUMBER = re.compile(
    r"(?:big|small|tiny|medium|unsigned )*int|real|double|float|numeric|decimal|number", re.IGNORECASE
)
_TEXT = re.compile(r"n?(?:var)?char|character|text|string|clob|date|time", re.IGNORECASE)
_LIKE_NUMBER = re.compile(r"\s*[-+]?(?:\d|\.\d)")
_ORDERS = (exp.GT, exp.GTE, exp.LT, exp.LTE)
_FUNCTIONS: dict[type[exp.Expr], Function] = {
    exp.Sum: "sum", exp.Avg: "mean", exp.Min: "min", exp.Max: "max", exp.Count: "count",
}  # fmt: skip
_MIRRORED: dict[type[exp.Binary], type[exp.Binary]] = {
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
}
_CLAUSES = frozenset(
    ("kind", "expressions", "from_", "joins", "where", "group", "having", "order", "limit", "distinct")
)


def from_sql(sql: str, catalog: Catalog, dialect: str) -> Steps:
    """The query's steps. Raises DeclinedError with what pandas would not answer alike."""
    if dialect != "sqlite":
        raise DeclinedError("only for SQLite it is certain that pandas answers alike")
    names = _output_names(sql)
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError) as error:
        raise DeclinedError("the statement is not understood") from error
    query = resolve(sql, catalog, dialect)
    if not isinstance(query, exp.Select) or not isinstance(tree, exp.Select):
        raise DeclinedError("it is not one plain SELECT whose names are all known")
    if len(list(query.find_all(exp.Query))) > 1 or any(
        held for name, held in query.args.items() if name not in _CLAUSES
    ):
        raise DeclinedError("inner queries, windows and sets have no plain counterpart")
    if any(each.is_star for each in tree.expressions if not isinstance(each, exp.AggFunc)):
        names = [""] * len(query.expressions)
    elif len(names) == len(tree.expressions):
        # SQLite calls a column as its table does, however it is written.
        pairs = zip(tree.expressions, names, strict=True)
        names = ["" if isinstance(each, exp.Column) else name for each, name in pairs]
    return _Reader(query, catalog).steps(names)


@define
class _Reader:
    query: exp.Select
    catalog: Catalog
    sources: dict[str, str] = field(factory=dict)
    """Table by the name it goes by, lower-case."""
    aggregates: dict[str, Aggregate] = field(factory=dict)
    """By the aggregate's SQL."""
    keys: tuple[str, ...] = ()

    def steps(self, names: Sequence[str]) -> Steps:
        query = self.query
        sources = tuple(self._sources())
        where, group, having = (query.args.get(name) for name in ("where", "group", "having"))
        if group is not None and any(held for name, held in group.args.items() if name != "expressions"):
            raise DeclinedError("such a grouping has no plain counterpart")
        condition = self._condition(where.this) if where is not None else None
        self.keys = tuple(self._label(key) for key in (group.expressions if group is not None else ()))
        outputs = [self._output(each.unalias()) for each in query.expressions]
        kept = self._having(having.this) if having is not None else None
        if len(names) == len(outputs):
            names = [name or label.rpartition(".")[2] for name, label in zip(names, outputs, strict=True)]
        if len(names) != len(outputs) or len(set(names)) != len(names):
            raise DeclinedError("two of its columns would have the same name")
        order = tuple(self._order(outputs, names))
        if self.keys or self.aggregates:
            known = {*self.keys, *(each.label for each in self.aggregates.values())}
            if any(label not in known for label in (*outputs, *(label for label, _ in order))):
                raise DeclinedError("a column is neither grouped by nor aggregated")
        distinct = query.args.get("distinct")
        if distinct is not None and (
            distinct.args.get("on") or any(label not in outputs for label, _ in order)
        ):
            raise DeclinedError("rows that are left out as equal would be put in order by something else")
        return Steps(
            sources, condition, self.keys, tuple(self.aggregates.values()), kept, order,
            tuple(zip(outputs, names, strict=True)), distinct is not None, self._limit({label for label, _ in order}),
        )  # fmt: skip

    def _sources(self) -> Iterator[Source]:
        joins = self.query.args.get("joins") or ()
        source = self.query.args.get("from_")
        items = [source, *joins] if source is not None else []
        if not items:
            raise DeclinedError("it reads no table")
        for item in items:
            if (
                not isinstance(item.this, exp.Table)
                or item.this.db
                or self.catalog.table(item.this.name) is None
            ):
                raise DeclinedError("it reads from something else than tables")
            alias = item.this.alias_or_name.lower()
            table = self.catalog.table(item.this.name)
            assert table is not None, "asked just now"
            before = set(self.sources)
            self.sources[alias] = table.name
            if isinstance(item, exp.From):
                yield Source(table.name, alias if joins else "")
                continue
            side, kind = item.side.upper(), item.kind.upper()
            on = item.args.get("on")
            if side not in ("", "LEFT") or kind not in ("", "INNER", "OUTER") or item.method or on is None:
                raise DeclinedError("only inner and left joins on equal columns are written alike")
            pairs = tuple(self._pair(each, alias, before) for each in on.flatten() if on.key == "and") or (
                self._pair(on, alias, before),
            )
            yield Source(table.name, alias, "left" if side else "inner", pairs)

    def _pair(self, condition: exp.Expr, alias: str, before: set[str]) -> tuple[str, str]:
        if not isinstance(condition, exp.EQ):
            raise DeclinedError("only joins on equal columns are written alike")
        left, right = condition.left, condition.right
        if isinstance(left, exp.Column) and left.table.lower() == alias:
            left, right = right, left
        if not (isinstance(left, exp.Column) and isinstance(right, exp.Column)) or not (
            left.table.lower() in before and right.table.lower() == alias
        ):
            raise DeclinedError("only joins on equal columns are written alike")
        if self._family(left) != self._family(right):
            raise DeclinedError("it joins numbers with text")
        return self._label(left), self._label(right)

    def _label(self, node: exp.Expr) -> str:
        if not isinstance(node, exp.Column):
            raise DeclinedError(
                "expressions beyond columns and plain aggregates are not written alike for certain"
            )
        table = self.catalog.table(self.sources.get(node.table.lower(), ""))
        column = table.column(node.name) if table is not None else None
        if column is None:
            raise DeclinedError("a column is not known")
        return column.name if len(self.sources) == 1 else f"{node.table.lower()}.{column.name}"

    def _family(self, node: exp.Expr) -> str:
        """Whether a column holds numbers or text, for certain by its type."""
        self._label(node)
        table = self.catalog.table(self.sources[node.table.lower()]) if isinstance(node, exp.Column) else None
        column = table.column(node.name) if table is not None else None
        declared = column.type if column is not None else ""
        for family, pattern in (("number", _NUMBER), ("text", _TEXT)):
            if pattern.match(declared):
                # SQLite keeps text in a column of numbers.
                if (
                    family == "number"
                    and column is not None
                    and any(isinstance(each, str) for each in column.samples)
                ):
                    break
                return family
        raise DeclinedError(f"it is not certain what the column {node.name} holds")

    def _output(self, node: exp.Expr) -> str:
        return self._aggregate(node) if isinstance(node, exp.AggFunc) else self._label(node)

    def _aggregate(self, node: exp.Expr) -> str:
        function = _FUNCTIONS.get(type(node))
        argument = node.this
        if function is None or node.expressions or isinstance(node.parent, exp.Filter):
            raise DeclinedError("one of its aggregates is not written alike for certain")
        column: str | None = None
        if isinstance(argument, exp.Star):
            function = "size"
        elif isinstance(argument, exp.Distinct):
            if function != "count" or len(argument.expressions) != 1:
                raise DeclinedError("one of its aggregates is not written alike for certain")
            function, column = "nunique", self._label(argument.expressions[0])
            # In a frame with gaps 1 and 1.0 are one value, as they are in SQL; text and numbers are never mixed.
            self._family(argument.expressions[0])
        else:
            column = self._label(argument)
            if function in ("sum", "mean") and self._family(argument) != "number":
                raise DeclinedError(f"{argument.name} is not certain to hold numbers")
            if function in ("min", "max") and self._family(argument) != "number":
                # pandas before 3 compares texts with the gaps between them, and fails.
                raise DeclinedError(f"not every pandas finds the first or last text of {argument.name}")
            self._family(argument)
        sql = node.sql()
        if sql not in self.aggregates:
            label = function if column is None else f"{function} of {column}"
            self.aggregates[sql] = Aggregate(label, function, column)
        return self.aggregates[sql].label

    def _having(self, node: exp.Expr) -> exp.Expr:
        if not self.keys:
            raise DeclinedError("HAVING without GROUP BY has no plain counterpart")
        return self._condition(node)

    def _condition(self, node: exp.Expr) -> exp.Expr:
        """The condition over labels. Only what is true, false or unknown for the same rows."""
        node = node.unnest()
        if isinstance(node, exp.And | exp.Or):
            return type(node)(
                this=exp.paren(self._condition(node.left)), expression=exp.paren(self._condition(node.right))
            )
        if isinstance(node, exp.Not):
            return exp.Not(this=exp.paren(self._condition(node.this)))
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            return exp.Is(this=labeled(self._label(node.this)), expression=exp.null())
        if isinstance(node, exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE):
            return self._comparison(node)
        if isinstance(node, exp.In) and node.expressions and not node.args.get("query"):
            values = [self._literal(each, node.this) for each in node.expressions]
            return exp.In(this=labeled(self._label(node.this)), expressions=values)
        if isinstance(node, exp.Between):
            low, high = (self._literal(node.args[name], node.this) for name in ("low", "high"))
            return exp.Between(this=labeled(self._label(node.this)), low=low, high=high)
        if (
            isinstance(node, exp.Like)
            and isinstance(node.expression, exp.Literal)
            and self._family(node.this) == "text"
        ):
            if not node.expression.is_string:
                raise DeclinedError("one of its conditions is not written alike for certain")
            like = exp.Like(this=labeled(self._label(node.this)), expression=node.expression.copy())
            return exp.Not(this=exp.paren(like)) if node.args.get("negate") else like
        raise DeclinedError("one of its conditions is not written alike for certain")

    def _comparison(self, node: exp.Binary) -> exp.Expr:
        left, right = node.left, node.right
        if isinstance(left, exp.Literal | exp.Neg) and not isinstance(right, exp.Literal | exp.Neg):
            left, right = right, left
            node = _MIRRORED.get(type(node), type(node))()
        if isinstance(left, exp.AggFunc) and self.keys:
            return type(node)(this=labeled(self._aggregate(left)), expression=self._number(right))
        if isinstance(right, exp.Column):
            if (isinstance(node, _ORDERS) and self._family(left) == "text") or self._family(
                left
            ) != self._family(right):
                raise DeclinedError("it compares columns that are not certain to hold the same")
            return type(node)(this=labeled(self._label(left)), expression=labeled(self._label(right)))
        return type(node)(this=labeled(self._label(left)), expression=self._literal(right, left))

    def _literal(self, node: exp.Expr, column: exp.Expr) -> exp.Expr:
        """A value that is compared with the column without being converted."""
        if self._family(column) == "number":
            return self._number(node)
        if isinstance(node, exp.Literal) and node.is_string:
            declared = self._declared(column)
            if re.match("date|time", declared, re.IGNORECASE) and _LIKE_NUMBER.fullmatch(node.name):
                raise DeclinedError("a date is compared with what may be a number")
            return node.copy()
        raise DeclinedError(f"{column.name} is compared with a value of another type")

    def _declared(self, column: exp.Expr) -> str:
        table = (
            self.catalog.table(self.sources[column.table.lower()]) if isinstance(column, exp.Column) else None
        )
        found = table.column(column.name) if table is not None else None
        return found.type if found is not None else ""

    def _number(self, node: exp.Expr) -> exp.Expr:
        value = node.this if isinstance(node, exp.Neg) else node
        if isinstance(value, exp.Literal) and not value.is_string:
            return node.copy()
        raise DeclinedError("a number is compared with a value of another type")

    def _order(self, outputs: Sequence[str], names: Sequence[str]) -> Iterator[tuple[str, bool]]:
        called = [*names, *(each.alias for each in self.query.expressions)]
        by_name = {name.lower(): label for name, label in zip(called, [*outputs, *outputs], strict=True)}
        clause = self.query.args.get("order")
        rises: set[bool] = set()
        for each in clause.expressions if clause is not None else ():
            node, up = each.this, not each.args.get("desc")
            rises.add(up)
            if isinstance(node, exp.Literal) and node.is_int:
                yield outputs[int(node.name) - 1], up
            elif isinstance(node, exp.Column) and not node.table:
                if node.name.lower() not in by_name:
                    raise DeclinedError("it is ordered by something that is not certain")
                yield by_name[node.name.lower()], up
            else:
                yield self._output(node), up
        # A frame puts what is empty first or last for all columns together.
        if len(rises) > 1:
            raise DeclinedError("it is ordered by columns of which some rise and some fall")

    def _limit(self, ordered: set[str]) -> int | None:
        limit = self.query.args.get("limit")
        if limit is None:
            return None
        if not isinstance(limit.expression, exp.Literal) or not limit.expression.is_int:
            raise DeclinedError("LIMIT has no plain number")
        single = bool(self.aggregates) and not self.keys
        if not single and not (self.keys and set(self.keys) <= ordered) and not self._orders_by_key(ordered):
            raise DeclinedError(
                "which rows LIMIT keeps is not certain where rows tie; order them by a key, too"
            )
        return int(limit.expression.name)

    def _orders_by_key(self, ordered: set[str]) -> bool:
        if len(self.sources) > 1 or self.keys:
            return False
        (name,) = self.sources.values()
        table = self.catalog.table(name)
        return table is not None and bool(table.primary_key) and set(table.primary_key) <= ordered


def _output_names(sql: str) -> list[str]:
    """What SQLite calls the columns: the alias, the column, or else the text as it is written."""
    tokens, raw = code_of(tokenize(sql.encode())), sql.encode()
    names: list[str] = []
    depth, current = 0, list[Token]()
    for token in tokens:
        if depth == 0 and token.keyword in ("SELECT", "DISTINCT", "ALL") and not current:
            continue
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and (token.text == "," or token.keyword in ("FROM", ";") or token.text == ";"):
            if current:
                aliased = len(current) > 1 and (
                    current[-2].keyword == "AS" or (current[-1].name and current[-2].text != ".")
                )
                plain = len(current) in (1, 3) and current[-1].name
                names.append(
                    current[-1].name
                    if (aliased or plain) and current[-1].name
                    else raw[current[0].start : current[-1].end].decode()
                )
            current = []
            if token.text != ",":
                break
        else:
            current.append(token)
    return names
