"""What one simple statement makes of the names of its scope."""

import ast
import re
from collections.abc import Sequence
from functools import lru_cache

from attrs import evolve

from understudy_server.context.frames import builtins, constants, pandas_frame, selection
from understudy_server.context.frames.call import Ground
from understudy_server.context.frames.column_methods import with_names
from understudy_server.context.frames.environment import Environment, join_values
from understudy_server.context.frames.expressions import Evaluator
from understudy_server.context.frames.grouped import members
from understudy_server.context.frames.methods import operate
from understudy_server.context.frames.syntax import bindings, dotted, parse_statements
from understudy_server.context.frames.values import (
    UNKNOWN_COLUMNS,
    Const,
    Frame,
    Grouped,
    Items,
    Module,
    Table,
    Value,
    as_column,
)

_MAKERS = frozenset(
    "pd pandas pl polars duckdb spark sql query execute sqldf train_test_split DataFrame read_csv read_parquet read_sql".split()
)
_LIBRARIES = ("pandas", "polars", "duckdb")
_WORD = re.compile(r"[^\W\d]\w*")
_LITERAL = re.compile(r"[^\W\d][\w.]*\s*(?::[^=\n]*)?=\s*[rRbBfFuU]{0,2}(?:[\"'\[({]|lambda\b)")
_IN_PLACE = re.compile(
    r"\binplace\b|_in_place\(|_column\(|\.(?:insert|pop|update|append|extend|remove|clear|sort|reverse)\("
)
_TARGET = re.compile(rb"([^\W\d]\w*)\s*=[^=]")
_OF_POLARS = frozenset(("drop_in_place", "insert_column", "replace_column", "extend"))
_TYPES = ("pandas.DataFrame", "polars.DataFrame", "polars.LazyFrame")


def matters(text: bytes, names: Environment) -> bool:
    """Whether a statement can change what is known; cheap, and true too often rather than too seldom."""
    always, words = _mentioned(text)
    return always or any(word in names for word in words)


@lru_cache(512)
def _mentioned(statement: bytes) -> tuple[bool, frozenset[str]]:
    """(whether it matters whatever is known, the words of which one must be known); no words where nothing can change."""
    text = statement.decode("utf-8", "replace")
    if text.startswith(("import ", "from ")):
        return any(library in text for library in _LIBRARIES), frozenset()
    if "=" not in text and not text.startswith("del ") and not _IN_PLACE.search(text):
        return False, frozenset()
    words = frozenset(_WORD.findall(text))
    makes = "self" in words or not words.isdisjoint(_MAKERS)
    return makes or (len(text) < 4_000 and _LITERAL.match(text) is not None), words


def run(text: bytes, names: Environment, ground: Ground, calls: int) -> Environment:
    """The names after the statement, or statements on one line."""
    nodes = parse_statements(text)
    if not nodes and (target := _TARGET.match(text)):
        # A magic, or code that is not finished: what it sets is not known.
        return names.setting({target[1].decode("utf-8", "replace"): None})
    for node in nodes:
        reader = Evaluator(names, ground, text, calls)
        changes = _changes(node, reader)
        if changes:
            names = names.setting(changes)
    return names


def loop_names(header: bytes, names: Environment, ground: Ground, calls: int) -> tuple[Environment, bool]:
    """(the names inside of a `for` or `with`, given its line; whether the body runs in any case)."""
    runs = False
    for node in parse_statements(header + b" pass"):
        reader = Evaluator(names, ground, header, calls)
        changes: dict[str, Value | None] = {}
        if isinstance(node, ast.For | ast.AsyncFor):
            over = reader.value(node.iter)
            runs = isinstance(over, Items) and bool(over.values) and not over.open and not over.uniform
            each = builtins.each_of(members(over) if isinstance(over, Grouped) else over)
            changes.update(bindings(node.target, each))
        elif isinstance(node, ast.With | ast.AsyncWith):
            for part in node.items:
                if part.optional_vars is not None:
                    changes.update(bindings(part.optional_vars, reader.value(part.context_expr)))
        names = names.setting(changes) if changes else names
    return names, runs


def annotated(annotation: ast.expr | None, reader: Evaluator) -> Value | None:
    """A frame of unknown columns where the annotation says that it is one."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        text = annotation.value.replace("pd.", "pandas.").replace("pl.", "polars.")
        return _frame_of_type(Module(text))
    return _frame_of_type(reader.value(annotation))


def _frame_of_type(value: Value | None) -> Value | None:
    if not isinstance(value, Module) or value.path not in _TYPES:
        return None
    return evolve(UNKNOWN_COLUMNS, kind="polars" if value.path.startswith("polars") else "pandas")


def _changes(node: ast.stmt, reader: Evaluator) -> dict[str, Value | None]:
    if isinstance(node, ast.Assign):
        value = reader.value(node.value)
        # `y = df.pop("y")` changes two names.
        changes = _in_place(node.value, reader) if isinstance(node.value, ast.Call) else {}
        for target in node.targets:
            changes.update(_assigned(target, value, reader))
        return changes
    if isinstance(node, ast.AnnAssign):
        value = reader.value(node.value) if node.value is not None else None
        if value is None:
            value = annotated(node.annotation, reader)
        return _assigned(node.target, value, reader)
    if isinstance(node, ast.AugAssign):
        return _augmented(node, reader)
    if isinstance(node, ast.Delete):
        return _deleted(node.targets, reader)
    if isinstance(node, ast.Import | ast.ImportFrom):
        return _imported(node)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return _in_place(node.value, reader)
    if isinstance(node, ast.If) and node.body:  # on one line with its body
        inner = [_changes(each, reader) for each in node.body]
        return {
            name: join_values(reader.names.get(name), value) if name in reader.names else value
            for each in inner
            for name, value in each.items()
        }
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.NamedExpr):
        return _assigned(node.value.target, reader.value(node.value.value), reader)
    return {}


def _assigned(target: ast.expr, value: Value | None, reader: Evaluator) -> dict[str, Value | None]:
    if isinstance(target, ast.Tuple | ast.List | ast.Starred):
        return dict(bindings(target, value))
    if isinstance(target, ast.Subscript):
        return _set_item(target, value, reader)
    name = dotted(target)
    if name is not None:
        return {name: value}
    if isinstance(target, ast.Attribute):
        owner = dotted(target.value)
        frame = reader.names.get(owner) if owner is not None else None
        if owner is not None and isinstance(frame, Frame):
            if target.attr == "columns":
                return {owner: with_names(frame, value)}
            if target.attr == "index":
                return {owner: evolve(frame, index=(None,) if isinstance(value, Items) else None)}
        # `df.index.name = "day"`
        if isinstance(target.value, ast.Attribute) and target.value.attr == "index" and target.attr == "name":
            owner = dotted(target.value.value)
            frame = reader.names.get(owner) if owner is not None else None
            if owner is not None and isinstance(frame, Frame):
                level = as_column(value)
                return {owner: evolve(frame, index=(level.name,) if level is not None else None)}
    return {}


def _set_item(target: ast.Subscript, value: Value | None, reader: Evaluator) -> dict[str, Value | None]:
    holder, locator = target.value, ""
    if isinstance(holder, ast.Attribute) and holder.attr in ("loc", "iloc", "at", "iat"):
        locator, holder = holder.attr, holder.value
    name = dotted(holder)
    if name is None:
        return {}
    owner = reader.names.get(name)
    if isinstance(owner, Frame):
        return {name: selection.setting(owner, reader.key(target.slice), value, locator=locator)}
    if isinstance(owner, Table) and not locator:
        key = reader.value(target.slice)
        if not isinstance(key, Const):
            return {name: evolve(owner, open=True)}
        kept = tuple(entry for entry in owner.entries if entry[0] != key)
        return {name: evolve(owner, entries=(*kept, (key, value))[-constants.MAX_ITEMS :])}
    return {name: None} if isinstance(owner, Items) else {}


def _augmented(node: ast.AugAssign, reader: Evaluator) -> dict[str, Value | None]:
    name = dotted(node.target)
    if name is None or name not in reader.names:
        return {}
    before, value = reader.names.get(name), reader.value(node.value)
    if isinstance(node.op, ast.Add) and (found := constants.concatenate(before, value)) is not None:
        return {name: found}
    return {name: operate(before, value)}


def _deleted(targets: Sequence[ast.expr], reader: Evaluator) -> dict[str, Value | None]:
    changes: dict[str, Value | None] = {}
    for target in targets:
        name = dotted(target)
        if name is not None:
            changes[name] = None
        elif isinstance(target, ast.Subscript) and (owner := dotted(target.value)) is not None:
            frame, key = changes.get(owner, reader.names.get(owner)), reader.value(target.slice)
            if isinstance(frame, Frame):
                label = key.value if isinstance(key, Const) else None
                known = isinstance(label, str | int)
                changes[owner] = frame.without([label]) if known else Frame(open=True)  # type: ignore[list-item]
    return changes


def _imported(node: ast.Import | ast.ImportFrom) -> dict[str, Value | None]:
    if isinstance(node, ast.Import):
        return {
            alias.asname or alias.name.partition(".")[0]: Module(
                alias.name if alias.asname else alias.name.partition(".")[0]
            )
            for alias in node.names
        }
    source = node.module or ""
    return {alias.asname or alias.name: Module(f"{source}.{alias.name}") for alias in node.names}


def _changed_list(
    name: str, owner: Items, method: str, given: Sequence[Value | None]
) -> dict[str, Value | None]:
    gone = given[0] if method == "remove" and given else None
    if gone is not None and gone in owner.values:
        place = owner.values.index(gone)
        return {name: evolve(owner, values=(*owner.values[:place], *owner.values[place + 1 :]))}
    return (
        {name: Items((), open=True)}
        if method in ("remove", "insert", "pop", "clear", "sort", "reverse")
        else {}
    )


def _in_place(node: ast.Call, reader: Evaluator) -> dict[str, Value | None]:
    """`df.drop(columns="a", inplace=True)`, `df.insert(0, "a", 1)`, `df.pop("a")`, `names.append("a")`."""
    function = node.func
    name = dotted(function.value) if isinstance(function, ast.Attribute) else None
    if not isinstance(function, ast.Attribute) or name is None or name not in reader.names:
        return {}
    owner, call = reader.names.get(name), reader.call_of(node)
    if isinstance(owner, Items) and function.attr in ("append", "extend"):
        added: Value | None = Items(call.positional[:1]) if function.attr == "append" else call.get("", 0)
        if isinstance(added, Items) and not owner.open and not added.open:
            if owner.uniform and set(added.values) <= set(owner.values):
                return {name: owner}
            return {name: constants.concatenate(owner, added)}
        return {name: Items((), open=True)}
    if isinstance(owner, Items):
        return _changed_list(name, owner, function.attr, call.positional)
    if isinstance(owner, Table) and function.attr == "update":
        return {name: evolve(owner, open=True)}
    if not isinstance(owner, Frame):
        return {}
    if owner.kind == "polars":
        gone = call.labels("name", 0) if function.attr == "drop_in_place" else None
        if gone is not None:
            return {name: owner.without(each.name for each in gone)}
        return {name: evolve(owner, columns=(), open=True)} if function.attr in _OF_POLARS else {}
    if function.attr == "insert":
        return {name: pandas_frame.result(owner, "insert", call)}
    if function.attr == "pop":
        gone = call.labels("item", 0)
        return {name: owner.without(each.name for each in gone) if gone else evolve(owner, open=True)}
    if call.flag("inplace") is not False:
        plain = evolve(call, named={key: value for key, value in call.named.items() if key != "inplace"})
        return {name: pandas_frame.result(owner, function.attr, plain)}
    return {}
