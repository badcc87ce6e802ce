"""Which bug of the student's, with its fix, is nearest to one at hand: SQL-Rewind's pairs for the fix action.

By the kind of bug first, then by the names it went wrong over, then by question and statement as the other legs compare them.
"""

from collections.abc import Sequence

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.repairs import Repair, bug_kind, names_taken_out, symbols_said
from understudy_knowledge.memory.skeleton import skeleton
from understudy_knowledge.memory.staleness import lacking
from understudy_knowledge.retrieval.nearest import nearest
from understudy_knowledge.retrieval.query import RetrievalQuery

_FROM = 0.35
"""What a pair without a name in common must reach in likeness."""


def nearest_repair(
    repairs: Sequence[Repair],
    error: str,
    code: str,
    *,
    question: str = "",
    dialect: str = "sqlite",
    catalog: Catalog | None = None,
) -> Repair | None:
    """The pair that shows best how to mend this code; None where none is of this kind of bug and near enough.

    `error` is the database's message, a diagnostic's, or how an answer differed. With a catalog, no pair whose fix touches a
    table or column which is not there any more; and never the pair of this very code, which would be no demonstration.
    """
    kind, said = bug_kind(error), symbols_said(error)
    alike = [
        repair
        for repair in repairs
        if repair.kind == kind
        and repair.broken != code
        and not (catalog is not None and lacking(repair.lineage, catalog))
    ]
    asked = RetrievalQuery(mask_values(question, catalog), skeleton(code, dialect))
    corpus = [RetrievalQuery(repair.masked_question, repair.skeleton) for repair in alike]
    best: tuple[float, Repair] | None = None
    for at, likeness in nearest(asked, corpus, len(corpus)):
        repair = alike[at]
        shared = len(_over(repair, code, said)) / max(1, len(repair.symbols))
        if (shared or likeness >= _FROM) and (best is None or shared + likeness > best[0]):
            best = (shared + likeness, repair)
    return best[1] if best else None


def _over(repair: Repair, code: str, said: frozenset[str]) -> frozenset[str]:
    """The names that both went wrong over: those that the message says, else those that the fix takes out and this code has."""
    if said:
        return said & frozenset(repair.symbols)
    return frozenset(repair.symbols) & names_taken_out(code, repair.fixed)
