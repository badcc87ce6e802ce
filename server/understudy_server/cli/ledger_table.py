"""A run's ledger as a table: what was asked of a server call by call, what stayed in this process as a sum."""

from collections import Counter
from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from understudy_knowledge.teaching.ledger_book import Entry


def ledger_table(entries: Sequence[Entry]) -> Table:
    """One row for each request and each kept answer, then one for each kind of call that sent nothing."""
    table = Table(title="What was sent where", title_justify="left")
    for name in ("time", "role", "model", "server", "for", "example", "came of it"):
        table.add_column(name, overflow="fold")
    for name in ("tokens", "money"):
        table.add_column(name, justify="right")
    for entry in entries:
        if entry.end != "here":
            _add(
                table,
                (
                    entry.at[:19].replace("T", " "),
                    entry.role,
                    entry.model,
                    entry.server,
                    entry.purpose,
                    entry.example[:12],
                    entry.end,
                ),
                f"{entry.usage.prompt:,} + {entry.usage.completion:,}",
                f"{entry.money:.4g}",
            )
    here = Counter((entry.role, entry.model, entry.purpose) for entry in entries if entry.end == "here")
    for (role, model, purpose), count in sorted(here.items()):
        _add(table, ("", role, model, "none", purpose, f"{count} calls", "here"), "0", "0")
    return table


def _add(table: Table, texts: Sequence[str], tokens: str, money: str) -> None:
    table.add_row(*map(escape, texts), tokens, money)
