"""What may follow a statement that is already begun: the rest of a wanted statement, or what keys and schema imply."""

import re

from sqlglot import exp

from understudy_knowledge.models.embedded.compose import composer_for
from understudy_knowledge.models.embedded.definitions import house
from understudy_knowledge.models.embedded.improvise import improvise
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import identifier
from understudy_knowledge.models.roles import Relation, StudentRequest

_AGGREGATE = re.compile(r"\b(?:count|sum|avg|min|max|total|group_concat)\s*\(", re.IGNORECASE)
_TOKEN = re.compile(r"\s+|--[^\n]*|'(?:[^']|'')*'?|\"[^\"]*\"?|\w+|[^\w\s]")


def insertion_after(request: StudentRequest, sql: str) -> str:
    """What to insert so that the typed prefix becomes `sql`; empty where the prefix says something else.

    Words are compared without case and spaces; the last word may be typed by half.
    """
    found = _TOKEN.findall(request.prefix)
    if found and found[-1].startswith("--"):
        return ""  # it would go on with the comment
    typed = [token for token in found if not token.isspace() and not token.startswith("--")]
    if not typed:
        return sql
    tokens = list(_TOKEN.finditer(sql))
    wanted = [match for match in tokens if not match.group().isspace()]
    if len(wanted) < len(typed):
        return ""
    *whole, last = typed
    for have, match in zip(whole, wanted, strict=False):
        if have.lower() != match.group().lower():
            return ""
    following = wanted[len(whole)]
    text = following.group()
    quoted = last[0] in "'\"" and request.prefix.endswith(last)
    begun = quoted or request.prefix[-1:].isalnum() or request.prefix[-1:] == "_"
    if not text.lower().startswith(last.lower()) or (len(text) > len(last) and not begun):
        return ""
    rest = sql[following.start() + len(last) :]
    return rest.lstrip() if request.prefix[-1:].isspace() and not quoted else rest


def continue_statement(request: StudentRequest, reading: Reading) -> str:
    """The next piece of a statement that goes its own way: a join by key, grouping columns, a filter the question names."""
    prefix = request.prefix
    if not prefix[-1:].isspace():
        return ""
    word = _last_word(prefix)
    match request.clause:
        case "select" if word in {"SELECT", "DISTINCT"}:
            return _outputs(request, reading)
        case "join" | "from" if word == "JOIN":
            return _join(request)
        case "on" | "join" if word == "ON":
            return _on(request)
        case "group by" if word == "BY":
            return _group(prefix)
        case "where" if word in {"WHERE", "AND"}:
            return _condition(request, reading)
    return ""


def goes_on(request: StudentRequest) -> bool:
    """Whether the statement already goes on after the cursor, so that no whole statement can be what is missing."""
    return re.search(r"\w", request.suffix) is not None


def _outputs(request: StudentRequest, reading: Reading) -> str:
    """What the question asks of the relations that the rest of the statement names."""
    present = _base(request)
    names = {table: relation.name if len(present) > 1 else "" for table, relation in present.items()}
    for sketch in improvise(reading, request.general.definitions):
        pieces = [piece for piece in sketch.outputs if piece.tables <= present.keys()]
        if pieces and len(pieces) == len(sketch.outputs):
            return ", ".join(_written(piece.code, names) for piece in pieces)
    return ""


def _last_word(text: str) -> str:
    words = re.findall(r"\w+", text[-40:])
    return words[-1].upper() if words else ""


def _base(request: StudentRequest) -> dict[str, Relation]:
    return {relation.table.lower(): relation for relation in request.relations if relation.table}


def _join(request: StudentRequest) -> str:
    """The table that a key leads to from the tables already named; of several, one the question names."""
    present = _base(request)
    found = []
    for join in composer_for(request.catalog).known:
        for here, there in ((join.left, join.right), (join.right, join.left)):
            if here in present and there not in present:
                found.append((here, there, join))
    if not found:
        return ""
    asked = request.question.lower()
    here, there, join = min(found, key=lambda item: (item[1].rstrip("s") not in asked, found.index(item)))
    table = request.catalog.table(there)
    name = table.name if table else there
    written = identifier(name).sql(dialect="sqlite")
    return f"{written} ON {_written(join.on, {here: present[here].name, there: name})}"


def _on(request: StudentRequest) -> str:
    """The key between the last table and one before it."""
    relations = [relation for relation in request.relations if relation.table]
    if len(relations) < 2:
        return ""
    last = relations[-1]
    names = {(relation.table or "").lower(): relation.name for relation in relations}
    for join in composer_for(request.catalog).known:
        pair = {join.left, join.right}
        if (last.table or "").lower() in pair and pair <= set(names) and len(pair) == 2:
            return _written(join.on, names)
    return ""


def _written(code: exp.Expr, names: dict[str, str]) -> str:
    written = code.copy()
    for column in written.find_all(exp.Column):
        if column.table.lower() in names:
            name = names[column.table.lower()]
            column.set("table", identifier(name) if name else None)
    return written.sql(dialect="sqlite")


def _group(prefix: str) -> str:
    """The outputs of the statement's last SELECT that are no aggregates."""
    match = list(re.finditer(r"\bSELECT\b(?:\s+DISTINCT\b)?(.*?)\bFROM\b", prefix, re.IGNORECASE | re.DOTALL))
    if not match:
        return ""
    plain = [
        re.sub(r"\s+AS\s+\w+\s*$", "", part.strip(), flags=re.IGNORECASE)
        for part in _split_commas(match[-1].group(1))
        if not _AGGREGATE.search(part)
    ]
    return ", ".join(part for part in plain if part)


def _split_commas(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def squeezed(text: str) -> str:
    """The text without case and spaces, for comparing what is written in two ways."""
    return re.sub(r"\s+", "", text).lower()


def _condition(request: StudentRequest, reading: Reading) -> str:
    """What the house means by the question's words; else a value it names on a visible relation, unless the statement has it."""
    present = _base(request)
    names = {table: relation.name if len(present) > 1 else "" for table, relation in present.items()}
    known = [
        _written(piece.code, names)
        for piece in house(request.general.definitions, reading.links.content).conditions
        if piece.tables and piece.tables <= present.keys()
    ]
    known = [text for text in known if squeezed(text) not in squeezed(request.prefix)]
    if known:
        return " AND ".join(known)
    for mention in reading.links.of("value"):
        relation = present.get(mention.table.lower())
        if relation is not None and mention.score >= 0.6 and str(mention.value) not in request.prefix:
            value = str(mention.value).replace("'", "''")
            name = f"{identifier(relation.name).sql(dialect='sqlite')}." if len(present) > 1 else ""
            column = identifier(mention.column or "").sql(dialect="sqlite")
            return f"{name}{column} = '{value}'"
    return ""
