"""Names that are right although nobody lists them: what engines add to tables, the rows that a change works on, units of time."""

import re

from sqlglot import exp

_HIDDEN = {
    "sqlite": frozenset("rowid oid _rowid_ rank".split()),
    "duckdb": frozenset(("rowid", "filename", "file_row_number", "file_index")),
    "postgres": frozenset("oid ctid tableoid xmin xmax cmin cmax".split()),
    "bigquery": frozenset("_partitiontime _partitiondate _table_suffix _file_name".split()),
    "mysql": frozenset(("_rowid",)),
}
_ANY_HIDDEN = frozenset().union(*_HIDDEN.values()) | {"rownum", "level"}
_ROWS = frozenset(("excluded", "new", "old", "inserted", "deleted"))
_UNITS = frozenset(
    "year quarter month week day hour minute second millisecond microsecond dow doy epoch".split()
)
_SYSTEM = re.compile(r"sqlite_|pg_|information_schema|duckdb_|dual\Z", re.IGNORECASE)
_FILE = re.compile(r"[./\\*]")
"""What a table's name has that is the path of a file, or a pattern of paths: `'data/x.csv'`."""
# There a table's name stands for its rows where a column may stand.
_ROWS_ARE_VALUES = frozenset(("postgres", "redshift", "duckdb", "bigquery"))
# Elsewhere what stands before a dot is a relation and no column that is a record.
_NO_FIELDS = frozenset(("sqlite", "mysql", "tsql", "postgres"))


def is_hidden_column(name: str, dialect: str) -> bool:
    """Whether tables of the dialect may have the column without saying so; of any dialect where that is not known."""
    return name.lower() in _HIDDEN.get(dialect, _ANY_HIDDEN)


def has_fields(dialect: str) -> bool:
    """Whether a column may be a record whose fields stand behind its dot."""
    return dialect not in _NO_FIELDS


def names_rows(qualifier: str) -> bool:
    """Whether upserts and triggers call the rows so that they work on."""
    return qualifier.lower() in _ROWS


def is_unit(column: exp.Column) -> bool:
    """Whether it is no column but a unit of time that a function is given; aggregates take none."""
    given = isinstance(column.parent, exp.Func) and not isinstance(column.parent, exp.AggFunc)
    return given and column.name.lower() in _UNITS


def is_compared_text(column: exp.Column, dialect: str) -> bool:
    """Whether it is text in double quotes, which SQLite takes where no column has that name: `city = "Graz"`.

    Elsewhere than in a comparison it is rather a column that somebody thinks is there.
    """
    quoted = isinstance(column.this, exp.Identifier) and column.this.args.get("quoted")
    return dialect == "sqlite" and bool(quoted) and isinstance(column.parent, exp.Predicate)


def is_loop_variable(column: exp.Column) -> bool:
    """Whether a list comprehension around gives the name: `[x * 2 FOR x IN numbers]`."""
    loop = column.find_ancestor(exp.Comprehension)
    while loop is not None:
        given = (loop.args.get("expression"), loop.args.get("position"))
        if any(each is not None and each.name.lower() == column.name.lower() for each in given):
            return True
        loop = loop.find_ancestor(exp.Comprehension)
    return False


def may_name_table(column: exp.Column, dialect: str) -> bool:
    """Whether a table may be named where the column stands: `y IN a`, or all of a row."""
    return (isinstance(column.parent, exp.In) and column.arg_key == "field") or dialect in _ROWS_ARE_VALUES


def is_elsewhere(table: exp.Table) -> bool:
    """Whether the table is one of the system's or a file: no catalog lists them."""
    return bool(_SYSTEM.match(table.name) or _FILE.search(table.name))
