"""What table functions yield, by name: only those whose columns do not depend on their arguments."""

_COLUMNS: dict[str, tuple[str, ...]] = {
    "json_each": ("key", "value", "type", "atom", "id", "parent", "fullkey", "path"),
    "json_tree": ("key", "value", "type", "atom", "id", "parent", "fullkey", "path"),
    "jsonb_each": ("key", "value"),
    "jsonb_each_text": ("key", "value"),
    "json_each_text": ("key", "value"),
    "jsonb_array_elements": ("value",),
    "jsonb_array_elements_text": ("value",),
    "json_array_elements": ("value",),
    "json_array_elements_text": ("value",),
    "flatten": ("SEQ", "KEY", "PATH", "INDEX", "VALUE", "THIS"),
    "string_split": ("value", "ordinal"),
    "openjson": ("key", "value", "type"),
}
# These yield one column, which has the name of the alias.
_NAMED_BY_ALIAS = frozenset(
    ("unnest", "generate_series", "explode", "regexp_split_to_table", "string_to_table")
)


def function_columns(name: str, alias: str) -> tuple[str, ...] | None:
    """The columns of a call in FROM under its alias; None where they are not known."""
    lower = name.lower()
    if lower in _NAMED_BY_ALIAS:
        return (alias or name,)
    return _COLUMNS.get(lower)
