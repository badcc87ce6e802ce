"""How a text reads: as an SQL statement, as part of one, or as something else, such as a sentence. Knows nothing of where it stands."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from understudy_server.context.sql.lexer import Token, code_of, tokenize
from understudy_server.context.sql.plain_statement import is_plain_statement

Look = Literal["statement", "begun", "part", "empty", "none"]
"""`begun` has the first word of a statement and little that tells more; `part` is a clause, an expression or a condition."""

READ_BYTES = 200
"""Only so much is read: what a text is shows at its beginning."""

STARTERS = frozenset(
    "SELECT WITH INSERT REPLACE UPDATE DELETE MERGE CREATE ALTER DROP TRUNCATE EXPLAIN PRAGMA".split()
)
COMMANDS = frozenset(
    "BEGIN COMMIT END ROLLBACK SAVEPOINT RELEASE SET SHOW USE GRANT REVOKE VACUUM ANALYZE REINDEX ATTACH DETACH COPY CALL DESCRIBE "
    "DESC VALUES LOCK UNLOCK COMMENT REFRESH INSTALL LOAD EXEC EXECUTE DECLARE START LISTEN NOTIFY FROM OPTIMIZE UNLOAD EXPORT "
    "IMPORT PIVOT SUMMARIZE KILL RENAME RESET CHECKPOINT UPSERT".split()
)
_OBJECTS = frozenset(
    "TABLE VIEW INDEX UNIQUE OR TEMP TEMPORARY DATABASE SCHEMA FUNCTION TRIGGER USER ROLE EXTENSION TYPE DOMAIN SEQUENCE PROCEDURE "
    "VIRTUAL MATERIALIZED EXTERNAL GLOBAL LOCAL UNLOGGED AGGREGATE POLICY COLUMN".split()
)
_CLAUSES = frozenset(
    "FROM WHERE JOIN LEFT RIGHT INNER CROSS FULL NATURAL ON AND OR GROUP ORDER HAVING LIMIT OFFSET UNION EXCEPT INTERSECT VALUES SET "
    "RETURNING USING WINDOW PARTITION QUALIFY FETCH FOR".split()
)
_OPERATORS = frozenset(
    "AND OR NOT IN LIKE ILIKE BETWEEN IS NULL CASE WHEN THEN ELSE END AS ON JOIN OVER ORDER GROUP BY FROM WHERE LIMIT OFFSET UNION "
    "SELECT DISTINCT EXISTS HAVING VALUES SET ASC DESC PARTITION ROWS FILTER WITHIN NULLS LATERAL CONFLICT CASCADE PRIMARY KEY REFERENCES DEFAULT CONSTRAINT "
    "INTO INSERT UPDATE DELETE CREATE TABLE CHAIN CAST INTERVAL SEPARATOR DO".split()
)
_KNOWN = _OPERATORS | _CLAUSES | STARTERS | _OBJECTS
_COMPARISONS = frozenset(("=", "<", ">", "<=", ">=", "<>", "!="))
_AFTER_ITEM = frozenset(
    "FROM AS INTO WHERE ORDER LIMIT UNION OVER IS IN AND OR NOT LIKE BETWEEN EXCEPT INTERSECT GROUP FOR COLLATE".split()
)
_HEADS = frozenset(
    "DISTINCT ALL TOP CASE NOT NULL EXISTS INTERVAL DATE TIMESTAMP ARRAY STRUCT CURRENT_DATE CURRENT_TIMESTAMP AS".split()
)
# Words that sentences have and SQL has not, nor is likely to name something by.
_PROSE = frozenset(
    "the an this that these those given specified your must should cannot can are be been being has have was were will would it its "
    "we you they there which whose when where's does don't didn't doesn't using via please if".split()
) - frozenset(("when", "using", "if"))
_SENTENCE = re.compile(rb"[A-Za-z)]\.(?:\s+[A-Z`:]|\s*\Z)|[A-Za-z]n't |``|\w's\s|:\w+:`")
_LABELED = re.compile(rb"[a-z]: |\.\.\.")
_HOLE = re.compile(r"_\w*_|_[a-z]?|\w*__\w*")
_SUBQUERY = re.compile(rb"\(\s*(?:select\s.+\sfrom\s+[\w\"`\[(]|SELECT\s)", re.DOTALL)
_FIRM_CLAUSE = re.compile(
    rb"\s*(?i:(?:where|having)\s+\S|(?:group|order|partition)\s+by\s+\S|(?:limit|offset)\s+-?[\d:?%_]"
    rb"|(?:(?:left|right|full)\s+(?:outer\s+)?|inner\s+|cross\s+)?join\s+\S|union\s+(?:all\s+)?select\b|on\s+conflict\s)"
)
_NO_SQL = re.compile(rb"\A\s*<|<\w+>|[|^\\]\W|\(\?[!:=]|[A-Z]: ")


def look_at(masked: bytes, tokens: Sequence[Token] | None = None) -> Look:
    """How a masked text reads. Its tokens, comments left out, need not be read again where they are known."""
    text = masked[:READ_BYTES]
    if len(masked) > READ_BYTES:  # no half words, nor a point that seems to end a sentence
        head = text[: text.rfind(b" ") + 1].rstrip(b". ") or text
        look = _look_at_head(head)
        if look == "begun" and is_plain_statement(masked) and not _is_prose(code_of(tokenize(head)), head):
            return "statement"
        return look
    return _look(text, code_of(tokenize(text)) if tokens is None else tokens)


@lru_cache(64)
def _look_at_head(text: bytes) -> Look:
    """That of a long text by its beginning, which stays the same while someone types below."""
    return _look(text, code_of(tokenize(text)))


def _look(text: bytes, tokens: Sequence[Token]) -> Look:
    if not text.strip():
        return "empty"
    while tokens and tokens[0].text in ("(", ";"):
        tokens = tokens[1:]
    if not tokens:
        return "empty" if text.lstrip().startswith((b"--", b"/*")) else "none"
    first = tokens[0].keyword
    if first in STARTERS or first in COMMANDS:
        if _is_statement(tokens, text):
            return "statement"
        if first in STARTERS:
            return "begun"
    elif len(tokens) == 1 and first and any(name.startswith(first) for name in STARTERS):
        return "begun"
    return "part" if _is_part(tokens, text) else "none"


def begins_clause(masked: bytes) -> bool:
    """Whether the first word begins a clause that goes on with a statement."""
    tokens = code_of(tokenize(masked[:60]))
    return bool(tokens) and (tokens[0].keyword in _CLAUSES or tokens[0].text in (",", ")", "("))


def begins_firm_clause(masked: bytes) -> bool:
    """Whether it begins a clause, with something in it, that hardly begins the rest of a sentence."""
    text = masked[:READ_BYTES]
    if not _FIRM_CLAUSE.match(text):
        return False
    tokens = code_of(tokenize(text))
    filled = any(
        token.kind != "word" or token.keyword not in _KNOWN or not token.text.isupper()
        for token in tokens[1:]
    )
    return filled and not _is_prose(tokens, text)


def begins_command(masked: bytes) -> bool:
    """Whether the first word is that of a statement that stands alone, such as `BEGIN` or `VACUUM`."""
    tokens = code_of(tokenize(masked[:60]))
    return bool(tokens) and tokens[0].keyword in COMMANDS


def is_hole(token: Token) -> bool:
    """Whether the word may be a masked hole."""
    return token.kind == "word" and bool(_HOLE.fullmatch(token.text))


def _is_statement(tokens: Sequence[Token], text: bytes) -> bool:
    if _is_prose(tokens, text):
        return False
    first, keyword = tokens[0].text, tokens[0].keyword
    if not _continues_well(keyword, tokens, upper=first.isupper()):
        return False
    if first.isupper():
        return True
    # In lower case every word may be English; a sentence has no marks but commas, and no names of several words.
    telling = [token for token in tokens[1:] if _tells(token)]
    if first.islower():
        return bool(telling) or is_plain_statement(text)
    return any(
        token.text in ("*", "=", "(", ";") or token.kind in ("quoted", "parameter") for token in telling
    )


def _tells(token: Token) -> bool:
    if token.kind == "word":
        return "_" in token.text or token.text[0] == "#" or any(mark.isdigit() for mark in token.text)
    return token.text not in (",", "-", "/", "&", "!")


def _continues_well(keyword: str, tokens: Sequence[Token], *, upper: bool) -> bool:
    """Whether what follows the first word may follow it."""
    if len(tokens) < 2:
        return False
    second = tokens[1]
    third = tokens[2] if len(tokens) > 2 else None
    word = second.keyword
    named = second.kind in ("word", "quoted", "parameter")
    if keyword == "SELECT":
        from_follows = upper and any(token.text == "FROM" for token in tokens[2:])
        return from_follows or _begins_list(tokens[1:])
    if keyword == "WITH":
        return word == "RECURSIVE" or (
            named
            and third is not None
            and (third.keyword == "AS" or third.text == "(")
            and _opens(tokens[2:6])
        )
    if keyword in ("INSERT", "REPLACE", "MERGE"):
        return (word in ("INTO", "OVERWRITE") and third is not None) or (
            (word in ("OR", "IGNORE") or is_hole(second))
            and any(token.keyword == "INTO" for token in tokens[2:5])
        )
    if keyword == "UPDATE":
        return any(token.keyword == "SET" for token in tokens[2 : 60 if upper else 9])
    if keyword == "DELETE":
        return word == "FROM" and third is not None
    if keyword in ("CREATE", "ALTER", "DROP", "TRUNCATE"):
        if keyword == "TRUNCATE" and named and upper:
            return True
        known = word in _OBJECTS or (upper and (second.text.isupper() or is_hole(second)))
        return known and third is not None and (upper or _ddl_goes_on(tokens))
    if keyword in ("EXPLAIN", "DESCRIBE"):
        return upper or word in STARTERS or word in ("QUERY", "ANALYZE")
    if keyword == "PRAGMA":
        return named and (upper or "_" in second.text)
    if keyword == "VALUES":
        return second.text == "("
    if keyword in ("COPY", "UNLOAD"):
        return upper and any(token.keyword in ("FROM", "TO", "INTO") for token in tokens[1:8])
    if keyword in ("GRANT", "REVOKE"):
        return upper and any(token.keyword in ("ON", "TO", "FROM") for token in tokens[2:10])
    if keyword == "SET":
        return upper and (
            second.text.isupper() or any(token.text == "=" or token.keyword == "TO" for token in tokens[2:4])
        )
    if keyword == "FROM":
        return upper and any(token.keyword in ("SELECT", "WHERE", "JOIN") for token in tokens[2:12])
    if keyword == "CALL":
        return third is not None and third.text in ("(", ".")
    return upper and (
        (second.text.isupper() and len(tokens) > 2) or (len(tokens) <= 3 and named and keyword in _NAMING)
    )


_NAMING = frozenset(
    "SAVEPOINT RELEASE USE DESCRIBE DESC VACUUM ANALYZE REINDEX ATTACH DETACH LISTEN NOTIFY SHOW SUMMARIZE INSTALL LOAD".split()
)


def _begins_list(tokens: Sequence[Token]) -> bool:
    """Whether the tokens begin a select list."""
    first = tokens[0]
    if first.kind != "word":
        return first.text in ("*", "(", "-", "+", "[", "{", "$", "@", "~") or first.kind != "punctuation"
    if first.keyword in _HEADS or is_hole(first):
        return True
    if len(tokens) == 1:
        return True
    after = tokens[1]
    if after.kind == "word":
        # `SELECT a b FROM t`: the alias is followed by what ends an item.
        aliased = len(tokens) > 2 and (tokens[2].text in (",", ";") or tokens[2].keyword in _AFTER_ITEM)
        return after.keyword in _AFTER_ITEM or is_hole(after) or aliased
    if after.text == ":":  # a path into JSON, not a label
        return len(tokens) > 2 and tokens[2].start == after.end
    return after.text != "!"


def _opens(tokens: Sequence[Token]) -> bool:
    return any(token.text == "(" for token in tokens)


def _ddl_goes_on(tokens: Sequence[Token]) -> bool:
    """Whether lower-case DDL has a mark that no sentence has."""
    return any(
        token.text in ("(", ";", ".") or token.kind in ("quoted", "parameter") or is_hole(token) or "_" in token.text
        or token.keyword in ("AS", "EXISTS", "ADD", "DROP", "RENAME", "CASCADE", "ON")
        for token in tokens[2:]
    )  # fmt: skip


def _is_prose(tokens: Sequence[Token], text: bytes) -> bool:
    if any(token.text.lower() in _PROSE for token in tokens):
        return True
    if (
        b"'" not in text
        and b'"' not in text
        and (_SENTENCE.search(text) or (not tokens[0].text.isupper() and _LABELED.search(text)))
    ):
        return True
    run = 0
    for token in tokens:
        plain = token.kind == "word" and token.text.islower() and "_" not in token.text
        run = run + 1 if plain and token.keyword not in _KNOWN else 0
        if run >= 4:
            return True
    return False


def _is_part(tokens: Sequence[Token], text: bytes) -> bool:
    """Whether the tokens are a condition, an expression, or a clause with something in it."""
    if (
        len(tokens) < 3
        or _is_prose(tokens, text)
        or _NO_SQL.search(text)
        or any(token.text in ("==", "{", "}") for token in tokens)
    ):
        return False
    if _SUBQUERY.search(text):
        return True
    run = operands = points = 0
    previous = None
    for token in tokens:
        upper = token.kind == "word" and token.text.isupper() and token.keyword in _OPERATORS
        lower = (
            token.kind == "word"
            and token.text.islower()
            and token.keyword in ("AND", "OR", "IS", "IN", "LIKE", "AS")
        )
        comparison = token.text in _COMPARISONS
        named = token.kind == "parameter" and token.text[:1] in (":", "?", "@", "$") and len(token.text) > 1
        points += 2 * upper + (comparison or named) + (lower and points > 0)
        operand = (
            token.kind in ("word", "quoted", "string", "number", "parameter") and not upper and not lower
        )
        operands += operand
        run = run + 1 if operand and token.kind == "word" and not token.text.isupper() else 0
        if run >= 2 and previous is not None and not is_hole(previous) and not is_hole(token):
            return False
        if token.text == "=" and previous is not None and previous.text == "=":
            return False
        previous = token
    return points >= 4 and operands >= 1
