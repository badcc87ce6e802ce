"""The order in which the product's own policy would have explored, given how each exploration came out."""

from collections.abc import Mapping, Sequence

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.causes import cause_of
from understudy_knowledge.teaching.policy import Neighborhood, State, in_order
from understudy_knowledge.teaching.records import Trace
from understudy_knowledge.teaching.rounds import PAID_ROUNDS

_MOST = 3000
"""Items that can be put in order: the policy looks at each beside all others, and again for each that it chooses."""


def by_policy(
    taught: Sequence[Item], traces: Mapping[str, Trace], queries: Mapping[str, RetrievalQuery]
) -> list[str]:
    """Ids in rounds, as a run with a teacher that costs something has them; each round knows what the ones before it taught.

    What the student solves by itself comes first: it takes no teacher. Raises NothingToDoError where there are too many items.
    """
    items = [item for item in taught if item.example.id in traces]
    if len(items) > _MOST:
        raise NothingToDoError(
            f"the policy puts at most {_MOST:,} items in order, and {len(items):,} are taught; bound them with --limit, "
            "or leave the arms policy=… out"
        )
    examples = [item.example for item in items]
    neighborhood = Neighborhood.of([queries[example.id] for example in examples])
    causes = {
        example.id: cause
        for example in examples
        if (cause := cause_of(traces[example.id].own, example)) is not None
    }
    order = [example.id for example in examples if traces[example.id].own.passed]
    for number in range(PAID_ROUNDS):
        passed = frozenset(key for key in order if traces[key].passes)
        left = in_order(examples, State(passed, frozenset(order), causes), neighborhood, "policy")
        order += [example.id for example in left[: -(-len(left) // (PAID_ROUNDS - number))]]
    return order
