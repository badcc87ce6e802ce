"""What a question says is not there: "trainers without classes", "customers who have no order"."""

from sqlglot import exp

from understudy_knowledge.catalog import Table
from understudy_knowledge.models.embedded.compose import composer_for
from understudy_knowledge.models.embedded.linking import Mention
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import Piece, identifier

_ABSENT = frozenset({"no", "without", "never"})
_NEAR = 4
"""How many words after the word that says so the table may be named."""
_SURE = 0.9


def absences(reading: Reading, main: Table) -> list[Piece]:
    """The condition that no row of that table belongs to the row of `main`; none where no key leads from one to the other."""
    found = _absent_table(reading)
    if found is None or found[1].table == main.name:
        return []
    marker, mention = found
    pair = {main.name.lower(), mention.table.lower()}
    known = composer_for(reading.catalog).known
    join = next((each for each in known if {each.left, each.right} == pair), None)
    if join is None:
        return []
    inner = exp.select("1").from_(exp.Table(this=identifier(mention.table))).where(join.on.copy())
    return [Piece("condition", exp.Not(this=exp.Exists(this=inner)), mention.words | {marker})]


def _absent_table(reading: Reading) -> tuple[str, Mention] | None:
    """The stem of the word that says that something is not there, and the table of whose rows it is said."""
    for at, token in enumerate(reading.links.tokens):
        if token.text.lower() in _ABSENT:
            named = [m for m in reading.links.of("table", at + 1, at + _NEAR) if m.score >= _SURE]
            return (token.stem, min(named, key=lambda mention: mention.first)) if named else None
    return None
