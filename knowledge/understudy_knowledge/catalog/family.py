"""The family of a column: what its declared type and its sample values say together."""

import re
from collections.abc import Sequence

from understudy_knowledge.catalog.model import Family, Value

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
_BOOLEAN_NAME = re.compile(r"(?:is|has|was|can|should|did|needs)_|.*_flag$", re.IGNORECASE)
# First match wins, so the words that contain another one ("interval" has "int") stand first.
_DECLARED: tuple[tuple[re.Pattern[str], Family], ...] = (
    (re.compile(r"^(?:struct|map|union|object|variant|row|record)\b", re.IGNORECASE), "unknown"),
    (re.compile(r"bool|^bit(?:\(1\))?$|tinyint\(1\)", re.IGNORECASE), "boolean"),
    (
        re.compile(
            r"interval|point|array|\[\d*\]$|json|xml|uuid|uniqueidentifier|inet",
            re.IGNORECASE,
        ),
        "text",
    ),
    (re.compile(r"date|time", re.IGNORECASE), "date"),
    (re.compile(r"int|serial|^year|^long$|^short$|^byte$", re.IGNORECASE), "integer"),
    (re.compile(r"char|clob|text|string|enum", re.IGNORECASE), "text"),
    (re.compile(r"blob|byte|binary|^image$|^raw\b|rowversion", re.IGNORECASE), "blob"),
    (re.compile(r"real|floa|doub|num|dec|money", re.IGNORECASE), "number"),
)


def family_of(declared: str, name: str, samples: Sequence[Value] = ()) -> Family:
    """What a column holds. Samples overrule the declared type where the engine lets them (SQLite does).

    Text whose samples are all ISO dates is a date; integers that are all 0 or 1 are boolean when the name says so; a
    declared date that holds integers (epochs) is an integer, because date literals do not compare with it.
    """
    family = next((family for pattern, family in _DECLARED if pattern.search(declared)), None)
    kinds = {type(sample) for sample in samples}
    if family is None:
        if not kinds:
            return "unknown"
        family = "text" if str in kinds else "number" if float in kinds else "integer"
    if family == "text" and kinds == {str} and all(_ISO_DATE.fullmatch(str(sample)) for sample in samples):
        return "date"
    if family == "date" and kinds and str not in kinds:
        return "number" if float in kinds else "integer"
    if family == "integer" and kinds and set(samples) <= {0, 1} and _BOOLEAN_NAME.match(name):
        return "boolean"
    return family
