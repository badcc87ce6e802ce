"""Whether a candidate is an example: a question worth asking and one SELECT that runs as it stands."""

import hashlib
import re

import sqlglot
from attrs import evolve
from sqlglot import exp
from sqlglot.errors import SqlglotError

from understudy_knowledge.memory.records import DataSource, Example
from understudy_server.context.sql.lexer import code_of, tokenize
from understudy_server.context.sql.parser_sentence import parser_sentence
from understudy_server.mining.mined import Candidate, Skipped

MAX_DEPTH = 100
"""Parentheses within parentheses; a parser that recurses must not be asked for more."""
_QUERIES = frozenset(("SELECT", "WITH", "VALUES"))
_CHANGES = frozenset(("INSERT", "UPDATE", "DELETE", "CREATE", "REPLACE"))
_OTHER = frozenset(
    ("PRAGMA", "ALTER", "DROP", "ATTACH", "DETACH", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "VACUUM", "ANALYZE",
     "EXPLAIN", "SET", "USE", "GRANT", "REVOKE", "TRUNCATE", "MERGE", "CALL", "COPY", "LOAD", "END", "REINDEX", "COMMENT",
     "SHOW", "DESCRIBE", "IF", "DECLARE", "DO", "INSTALL")
)  # fmt: skip
_UNPARSED_CREATE = re.compile(
    r"create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:trigger|virtual|function|procedure)\b",
    re.IGNORECASE,
)


def judge(candidate: Candidate, dialect: str, source: DataSource | None) -> Example | Skipped | None:
    """The example, or why there is none; None for statements that are no queries at all."""
    tokens = code_of(tokenize(candidate.gold.encode()))
    words = [token.keyword for token in tokens if token.text != "("]
    first = words[0] if words else ""
    if not tokens or first in _OTHER or _UNPARSED_CREATE.match(candidate.gold):
        return None
    if candidate.doubt and first in _QUERIES:
        return Skipped(candidate.origin, candidate.doubt)
    if any(token.kind == "parameter" for token in tokens):
        return Skipped(candidate.origin, "needs values for its parameters") if first in _QUERIES else None
    depth = deepest = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        return Skipped(candidate.origin, f"is nested more than {MAX_DEPTH} parentheses deep")
    try:
        parsed = sqlglot.parse(candidate.gold, read=dialect)
    except (SqlglotError, RecursionError) as error:
        return _syntax_error(candidate, dialect, error)
    if first in _CHANGES or len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        return None
    if reason := thin(candidate.question):
        return Skipped(candidate.origin, reason)
    digest = hashlib.sha256(f"{candidate.question}\0{candidate.gold}".encode()).hexdigest()
    return Example(
        id=digest[:12],
        question=candidate.question,
        gold=candidate.gold,
        origin=candidate.origin,
        dialect=dialect,
        source=source,
    )


def thin(question: str) -> str:
    """Why a question teaches nothing, or ""."""
    if not question:
        return "no comment, docstring or name says what it answers"
    if len(re.findall(r"[^\W_]+", question)) < 2:
        return f"its question is one word: {question!r}"
    return ""


def normalized(sql: str) -> str:
    """The statement without comments, layout and letter case outside of literals: equal texts are one statement."""
    return " ".join(
        token.text if token.kind in ("string", "quoted") else token.text.lower()
        for token in code_of(tokenize(sql.encode()))
    )


def _syntax_error(candidate: Candidate, dialect: str, error: Exception) -> Skipped:
    origin = candidate.origin
    details = getattr(error, "errors", None) or [{}]
    line = details[0].get("line")
    if isinstance(line, int) and line > 1 and origin.kind != "notebook":
        origin = evolve(origin, line=origin.line + line - 1, column=1)
    return Skipped(origin, f"syntax error in {dialect}: {parser_sentence(details[0])}")
