"""What the catalog says of a question's words: columns and tables by name and comment, and the codes of their values."""

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.catalog.model import Column, Table
from understudy_knowledge.memory.words import stems

_MOST = 12
"""Facts for one question."""
_MOST_VALUES = 6


def facts_about(question: str, catalog: Catalog) -> str:
    """A line for each fact, those that share most words with the question first; empty where the catalog knows nothing of it."""
    asked = frozenset(stems(question))
    found = [
        (len(shared), -at, line)
        for at, (said, line) in enumerate(_all_facts(catalog))
        if (shared := asked & said)
    ]
    return "\n".join(line for _, _, line in sorted(found, reverse=True)[:_MOST])


def _all_facts(catalog: Catalog) -> list[tuple[frozenset[str], str]]:
    """The words that call for each fact, and the fact."""
    facts = []
    for table in catalog.tables:
        if table.comment:
            facts.append((_stems(table.name, table.comment), f"{table.name}: {table.comment}"))
        facts += [fact for column in table.columns if (fact := _of_column(table, column))]
    return facts


def _of_column(table: Table, column: Column) -> tuple[frozenset[str], str] | None:
    codes = [value for value in column.samples if isinstance(value, str) and 0 < len(value) <= 40]
    shown = codes[:_MOST_VALUES] if column.samples_complete else []
    if not column.comment and not shown:
        return None
    values = f" is one of {', '.join(map(repr, shown))}" + (", …" if len(codes) > len(shown) else "")
    line = f"{table.name}.{column.name}" + (f": {column.comment}" if column.comment else "")
    return _stems(column.name, column.comment, *shown), line + (values if shown else "")


def _stems(*texts: str) -> frozenset[str]:
    return frozenset(stem for text in texts for stem in stems(text))
