"""Skeleton and family of a statement: what two statements share once names, or only values, are forgotten.

The family is the query template of Finegan-Dollak et al., "Improving Text-to-SQL Evaluation Methodology" (ACL 2018): equal
up to values, aliases and the order of conjuncts. The skeleton forgets the names of tables and columns too. Both merge rather
too much than too little, so that a split by family never has near-twins on its two sides.
"""

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from understudy_knowledge.memory.names import forget_names, resolve_names
from understudy_knowledge.memory.records import Example
from understudy_knowledge.memory.tokens import masked_tokens, too_deep

_VALUES = (
    exp.Literal,
    exp.Boolean,
    exp.Placeholder,
    exp.Parameter,
    exp.SessionParameter,
    exp.HexString,
    exp.BitString,
    exp.ByteString,
    exp.RawString,
    exp.National,
    exp.JSONPath,
)
_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}
_COMPARISONS = (*_MIRRORED, exp.Like, exp.ILike, exp.Between, exp.In, exp.Is)


@lru_cache(maxsize=4096)
def skeleton(sql: str, dialect: str = "sqlite") -> str:
    """The statement with identifiers as `_`, values as `?`, no aliases. Never raises: see `masked_tokens` for the rest."""
    return _normal_form(sql, dialect, keep_names=False)


@lru_cache(maxsize=4096)
def family(sql: str, dialect: str = "sqlite") -> str:
    """The statement with values as `?`, aliases resolved, names lower-cased, conjuncts in one order. Never raises."""
    return _normal_form(sql, dialect, keep_names=True)


def family_of(example: Example) -> str:
    """The query family that an example belongs to."""
    return example.family or family(example.gold, example.dialect)


def _normal_form(sql: str, dialect: str, *, keep_names: bool) -> str:
    if not too_deep(sql):
        try:
            trees = [tree for tree in sqlglot.parse(sql, read=dialect) if tree is not None]
            if not any(isinstance(tree, exp.Command) for tree in trees):
                return "; ".join(_write(_normalized(tree, dialect, keep_names)) for tree in trees)
        except Exception:  # noqa: S110 - sqlglot fails on odd input in many ways; the tokens always do
            pass
    return masked_tokens(sql, keep_names=keep_names)


def _normalized(tree: exp.Expr, dialect: str, keep_names: bool) -> exp.Expr:
    if dialect == "sqlite":
        _quoted_values_to_literals(tree)
    tree = tree.transform(_mask, copy=False)
    for listed in tree.find_all(exp.In):
        if listed.expressions and all(isinstance(each, exp.Placeholder) for each in listed.expressions):
            listed.set("expressions", [exp.Placeholder()])
    resolve_names(tree)
    if not keep_names:
        forget_names(tree)
    return _ordered(tree)


def _quoted_values_to_literals(tree: exp.Expr) -> None:
    """SQLite reads "Bob" as text where no such column exists; on the value side of a comparison it nearly always is."""
    comparison: exp.Expr
    for comparison in tree.find_all(*_COMPARISONS):
        sides: list[exp.Expr | None] = [
            comparison.args.get("expression"),
            comparison.args.get("low"),
            comparison.args.get("high"),
        ]
        for side in (*sides, *comparison.expressions):
            if isinstance(side, exp.Column) and not side.table and side.this.args.get("quoted"):
                side.replace(exp.Placeholder())


def _mask(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return exp.Placeholder()
    return exp.Placeholder() if isinstance(node, _VALUES) else node


def _ordered(tree: exp.Expr) -> exp.Expr:
    """Comparisons and conjuncts in one order, spellings that mean the same made one."""
    _unify_spellings(tree)
    for node in reversed(list(tree.find_all(*_MIRRORED))):
        left, right = node.this, node.expression
        before = (isinstance(left, exp.Placeholder), _write(left))
        after = (isinstance(right, exp.Placeholder), _write(right))
        if before > after or (before == after and isinstance(node, exp.GT | exp.GTE)):
            node.replace(_MIRRORED[type(node)](this=right, expression=left))
    for node in reversed(list(tree.find_all(exp.And, exp.Or))):
        if type(node.parent) is type(node):
            continue
        operands = sorted((operand.copy() for operand in node.flatten()), key=_write)
        join = exp.and_ if isinstance(node, exp.And) else exp.or_
        joined = join(*operands, copy=False)
        if node.parent is None:
            return joined
        node.replace(joined)
    return tree


def _unify_spellings(tree: exp.Expr) -> None:
    for join in tree.find_all(exp.Join):
        if str(join.args.get("kind", "")).upper() in ("INNER", "OUTER"):
            join.set("kind", None)
    for ordered in tree.find_all(exp.Ordered):
        descending = bool(ordered.args.get("desc"))
        ordered.set("desc", descending or None)
        ordered.set("nulls_first", not descending)  # as the generic dialect sorts, so that nothing is written
    for paren in reversed(list(tree.find_all(exp.Paren))):
        inner = paren.unnest()
        if paren.parent and (isinstance(inner, _COMPARISONS) or not isinstance(inner, exp.Binary | exp.Not)):
            paren.replace(inner)


def _write(node: exp.Expr) -> str:
    return node.sql(comments=False, unsupported_level=ErrorLevel.IGNORE)
