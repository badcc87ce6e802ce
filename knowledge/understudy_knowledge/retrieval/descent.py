"""Where no case is near enough: what the knowledge tree's inner nodes say about questions of this kind."""

from collections.abc import Sequence

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Lesson, NodeInstruction, Plan
from understudy_knowledge.memory.staleness import lacking
from understudy_knowledge.memory.tree import descend
from understudy_knowledge.retrieval.query import RetrievalQuery


def instruction_for(
    query: RetrievalQuery, nodes: Sequence[NodeInstruction], catalog: Catalog | None = None
) -> tuple[Lesson, ...]:
    """The instruction of the node that the query belongs to, as a lesson without a plan; none where it belongs to no node.

    With a catalog, none that names a table or column which is not there any more.
    """
    fitting = [node for node in nodes if not (catalog and lacking(node.lineage, catalog))]
    found = descend(query.question, query.skeleton, query.tables, fitting)
    return () if found is None else (lesson_of(found),)


def lesson_of(node: NodeInstruction) -> Lesson:
    """The node's instruction as a prompt gets it."""
    return Lesson(
        case_id="/".join(node.path),
        question=f"questions of the kind {' / '.join(node.path)}",
        plan=Plan("", (), ""),
        explanation=node.text,
        code="",
        score=1.0,
        lift=node.lift.value if node.lift else 0.0,
        lineage=node.lineage,
        definitions=node.definitions,
    )
