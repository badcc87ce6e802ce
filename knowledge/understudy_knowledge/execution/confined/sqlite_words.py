"""What a statement may do in SQLite, and what kind of failure the engine's words mean."""

import sqlite3

# Read, select, call, recurse: everything else a statement can do is refused.
ACTIONS = {sqlite3.SQLITE_READ: "read", sqlite3.SQLITE_SELECT: "select", 31: "function", 33: "recursive"}
FUNCTIONS = frozenset(
    """
    abs changes char coalesce concat concat_ws format glob hex ifnull iif instr last_insert_rowid length like likelihood likely
    lower ltrim max min nullif octet_length printf quote random randomblob replace round rtrim sign soundex substr substring
    total_changes trim typeof unhex unicode unlikely upper zeroblob sqlite_version if
    date time datetime julianday strftime unixepoch timediff current_date current_time current_timestamp
    avg count group_concat string_agg sum total median percentile percentile_cont percentile_disc
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
    acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow power radians sin
    sinh sqrt tan tanh trunc
    json json_array json_array_length json_error_position json_extract json_group_array json_group_object json_insert json_object
    json_patch json_pretty json_quote json_remove json_replace json_set json_type json_valid json_each json_tree -> ->>
    match regexp snippet highlight bm25
    """.split()
)
# The engine names its errors in words only; the first phrase found in the message decides.
PHRASES = (
    ("syntax error", "syntax"),
    ("incomplete input", "syntax"),
    ("unrecognized token", "syntax"),
    ("term out of range", "syntax"),
    ("term does not match", "syntax"),
    ("no such", "unknown-name"),
    ("unknown", "unknown-name"),
    ("ambiguous column", "unknown-name"),
    ("wrong number of arguments", "type-error"),
    ("misuse of", "type-error"),
    ("do not have the same number", "type-error"),
    ("columns - expected", "type-error"),
    ("sub-select returns", "type-error"),
    ("row value", "type-error"),
    ("mismatch", "type-error"),
    ("malformed json", "type-error"),
    ("integer overflow", "type-error"),
    ("must be", "type-error"),
    ("interrupted", "timeout"),
    ("too big", "bytes"),
    ("out of memory", "memory"),
    ("one statement at a time", "refused"),
    ("not authorized", "refused"),
    ("prohibited", "refused"),
    ("unsafe use", "refused"),
    ("readonly", "refused"),
    ("too many", "refused"),
    ("too large", "refused"),
    ("stack overflow", "refused"),
    ("locked", "unavailable"),
    ("unable to open", "unavailable"),
    ("not a database", "unavailable"),
    ("malformed", "unavailable"),
    ("disk i/o", "unavailable"),
    ("unsupported file format", "unavailable"),
)


def classify(error: Exception, denied: str) -> tuple[str, str]:
    """The outcome's kind and sentence; `denied` is what the authorizer refused, if it did."""
    message = str(error)
    lowered = message.lower()
    kind = next((kind for phrase, kind in PHRASES if phrase in lowered), "error")
    if kind == "timeout":
        return kind, "the query took longer than it may"
    if denied and (kind == "refused" or "authoriz" in lowered):
        return "refused", denied
    if kind == "memory":
        return kind, "the query needs more memory than it may use"
    return kind, message
