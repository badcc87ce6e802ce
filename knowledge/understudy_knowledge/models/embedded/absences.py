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


def absent_table(reading: Reading) -> Mention | None:
    """The table of whose rows the question says that there are none."""
    for at, token in enumerate(reading.links.tokens):
        if token.text.lower() in _ABSENT:
            named = [m for m in reading.links.of("table", at + 1, at + _NEAR) if m.score >= _SURE]
            return min(named, key=lambda mention: mention.first, default=None)
    return None


def absences(reading: Reading, main: Table) -> list[Piece]:
    """The condition that no row of that table belongs to the row of `main`; none where no key leads from one to the other."""
    mention = absent_table(reading)
    if mention is None or mention.table == main.name:
        return []
    pair = {main.name.lower(), mention.table.lower()}
    known = composer_for(reading.catalog).known
    join = next((each for each in known if {each.left, each.right} == pair), None)
    if join is None:
        return []
    inner = exp.select("1").from_(exp.Table(this=identifier(mention.table))).where(join.on.copy())
    words = frozenset(
        token.stem for token in reading.links.tokens[: mention.last + 1] if token.text.lower() in _ABSENT
    )
    return [Piece("condition", exp.Not(this=exp.Exists(this=inner)), mention.words | words)]
