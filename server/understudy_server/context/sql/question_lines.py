"""Lines of a comment -> the question they ask. What tools read, and code that was commented out, is none."""

import re
from collections.abc import Sequence

# What a tool reads, on a line of its own; the lines around it may still ask.
_FOR_TOOLS = re.compile(
    r"""(?:noqa|nosec|sqlfluff|type:|mypy:|ruff:|pylint|pyright:|isort:|fmt:|pragma\b|sourcery\b|language[=:]|dialect\s*[:=]|coding[:=]
    |vim:|@formatter|mode:\s|-\*-|!|%%|\#?\s*%%|in\[\d*\]:|command\s+-{3,}|magic\s+%|databricks\s+notebook|region\b|endregion\b
    |migrate:|\+\s*(?:goose|migrate|statement)|\+\s*\w+\s*\(|liquibase\s+formatted|changeset\s+\S+:|rollback\s|depends_on:
    |spdx-|copyright\b|https?://\S+$|go$|generated\s+by\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_LATER = re.compile(r"(?:todo|fixme|xxx|hack)\b", re.IGNORECASE)
_LABEL = re.compile(
    r"""(?:(?P<word>question|q|frage|aufgabe|übung|pregunta|ejercicio|exercice|exercise|domanda|esercizio|pergunta|task|вопрос|задача)
           (?:\s*\d*\s*[:.)]|\s*\d+\s*[-\u2013\u2014])\s+
       | \d+\s*[:.)]\s+
       | [\u554f\u95ee\u9898][\u984c\u9898\u76ee]?\s*\d*\s*[:.\uff1a\uff0e\u3001]\s*)""",
    re.IGNORECASE | re.VERBOSE,
)
_NAMED_QUERY = re.compile(r"(?:name:|@name\b)\s*([A-Za-z_][\w-]*)")
_WORD = re.compile(r"[^\W\d_]+")
_WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_UPPER_SQL = re.compile(
    r"(?:SELECT|FROM|WHERE|AND|OR|(?:LEFT |RIGHT |INNER |CROSS |FULL )?(?:OUTER )?JOIN|ON|GROUP BY|ORDER BY|HAVING|LIMIT|WITH|UNION"
    r"|INSERT INTO|UPDATE|DELETE FROM|CREATE|DROP|ALTER|VALUES|SET|CASE|WHEN|ELSE|END)\b(?=.*(?:[=<>*(),;.]|\b[A-Z]{3,}\b|_)|$)"
)
_NAMES = r"[\w.\"`]+(?:\s+(?:asc|desc))?(?:\s*,\s*[\w.\"`]+(?:\s+(?:asc|desc))?)*\s*;?"
_LOWER_SQL = re.compile(
    rf"""(?:
        select\b(?=.*[*,._(;]).*\bfrom\s+[\w.\"]+\s*(?:;|$|\b(?:where|join|group|order|as)\b)
      | select\b.*\bfrom\s+[\w.\"]+\s.*\bwhere\b.*[=<>]
      | (?:(?:left|right|full|inner|cross|natural)\s+)?(?:outer\s+)?join\s+[\w.]+(?:\s+(?:as\s+)?\w+)?\s+(?:on|using)\b
      | (?:where|and|or|having|on)\b.*(?:[=<>]|\b(?:in|like)\s*['(]|\bis\s+(?:not\s+)?null|\bbetween\s+['\d])
      | (?:group|order)\s+by\s+{_NAMES}$
      | limit\s+\d+(?:\s*(?:offset|,)\s*\d+)?;?$
      | from\s+(?:[\w\"]+\.[\w\".]+(?:\s+(?:as\s+)?\w+)?|\w+(?:\s+(?:as\s+)?\w{{1,3}})?);?$
      | ,\s*[\w.]+ | [\w.]+(?:\([^)]*\))?(?:\s+as\s+\w+)?\s*,$ | (?:\w+\.\w+|\w+_\w+|\w+\([^)]*\))\s+as\s+\w+$ | [\w.]+\(.*\)[;,]?$
      | drop\s+(?:table|view|index|schema)\b | truncate\s+table\b
      | insert\s+into\s+[\w.]+\s*(?:\(|values|select) | delete\s+from\s+[\w.]+(?:\s+where\b.*[=<>]|\s*;|$) | update\s+[\w.]+\s+set\s+\w+\s*=
      | create\s+(?:or\s+replace\s+)?(?:temp\w*\s+)?(?:table|view|(?:unique\s+)?index)\s+(?:if\s+not\s+exists\s+)?[\w.]+\s*(?:\(|as\b|on\b|;|$)
      | case\s+when\b.*\bend\b | with\s+(?:recursive\s+)?\w+\s+as\s*\( | (?:union|except|intersect)(?:\s+all)?;?$
      | (?:begin|commit|end|rollback)\s*;?$
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_CONDITION = re.compile(r"(?:and |or )?[\w.]+\s*(?:=|<>|!=|<=?|>=?)\s*\S+\s*[,;]?$", re.IGNORECASE)
_PYTHON = re.compile(
    r"""(?:return\s+[\w.\[\]()'"]+$ | import\s+[\w.]+(?:\s+as\s+\w+)?$ | from\s+[\w.]+\s+import\b
      | (?:for\s+\w+(?:\s*,\s*\w+)*\s+in\s.*|(?:el)?if\s.*|else|try|finally|while\s.*|with\s.*|def\s.*|class\s.*|except.*):$
      | [A-Za-z_][\w.\[\]'"]*\s*[-+*/|]?=\s*(?:[\w.]*[\[({"']|await\s|lambda\s))""",
    re.VERBOSE,
)


def as_question(lines: Sequence[str]) -> str:
    """The question that comment lines ask, on one line; empty when they ask none: rulers, directives, commented-out code."""
    kept = [
        stripped
        for line in lines
        if _WORD.search(line)
        and not _FOR_TOOLS.match(line.strip())
        and not _FOR_TOOLS.match(stripped := line.strip(" \t*=#-~/"))
    ]
    if not kept or _LATER.match(kept[0]) or any(_is_code(line) for line in kept):
        return ""
    if named := _NAMED_QUERY.match(kept[0]):
        kept[0] = words_of_name(named.group(1))
    text = re.sub(r"\s+", " ", " ".join(kept)).strip()
    label = _LABEL.match(text)
    return text[label.end() :].strip() if label else text


def words_of_name(name: str) -> str:
    """snake_case, kebab-case or CamelCase as words in lower case."""
    return " ".join(word.lower() for word in re.split(r"[\s_-]+", _WORD_BORDER.sub(" ", name)) if word)


def _is_code(line: str) -> bool:
    return bool(
        _UPPER_SQL.match(line)
        or _LOWER_SQL.match(line)
        or _CONDITION.match(line)
        or _PYTHON.match(line)
        or (line.endswith(";") and re.match(r"^[A-Za-z]+\s", line))
    )
