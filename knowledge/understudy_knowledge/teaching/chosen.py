"""Teaching from chosen examples alone: beside them only the siblings are needed that their lessons are measured on."""

from collections.abc import Set

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.evaluation.split import Split
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.skeleton import family_of
from understudy_knowledge.retrieval.nearest import nearest
from understudy_knowledge.retrieval.query import RetrievalQuery


def beside_siblings(sides: Split, chosen: Set[str], siblings: int, catalog: Catalog) -> Split:
    """The examples with these ids, on whichever side they are, and so many siblings of each from the taught side; no others.

    What is held out otherwise stays out: a lift measured on it would make a later run's measure of it worthless.
    """
    examples = [*sides.taught, *(example for example in sides.held_out if example.id in chosen)]
    queries = [RetrievalQuery(mask_values(example.question, catalog)) for example in examples]
    families = [family_of(example) for example in examples]
    kept = {i for i, example in enumerate(examples) if example.id in chosen}
    for i in list(kept):
        ranked = (j for j, _ in nearest(queries[i], queries, len(queries)) if families[j] != families[i])
        kept |= {j for j, _ in zip(ranked, range(siblings), strict=False)}
    return Split(tuple(examples[i] for i in sorted(kept)), (), sides.groups)
