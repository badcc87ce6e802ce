"""When to be silent, learned from a run: does the likeliest lesson help where nobody knew yet whether it would?

Each taught example is asked for as if it were new: the likeliest case, relevant or not, that was made neither from it nor from
another one of its query family is tried. What is asked after a run has no twin among the cases either: with one the trials
would promise more than that.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import Example
from understudy_knowledge.memory.skeleton import family_of
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval.abstention import keep_beside
from understudy_knowledge.retrieval.calibration import Trial, learn
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.retrieval.retriever import Retriever
from understudy_knowledge.teaching.records import Attempt
from understudy_knowledge.teaching.run_log import RunLog
from understudy_knowledge.teaching.together import Begin, together, unheard
from understudy_knowledge.teaching.workbench import Workbench

MOST_TRIALS = 100
"""Attempts that this may cost: none of them asks the teacher."""


async def learn_abstention(
    store: KnowledgeStore,
    examples: Sequence[Example],
    own: Mapping[str, bool],
    bench: Workbench,
    log: RunLog,
    begin: Begin = unheard,
) -> None:
    """Keep beside the store what the trials teach, if they are enough. `own` says what the student passes without a lesson."""
    retriever = Retriever.open(store, None)
    known = [example for example in examples if example.id in own]
    made_from: dict[str, set[str]] = {}
    for case in store.cases():
        made_from.setdefault(case.family, set()).add(case.example_id)
    known = known[:: max(1, -(-len(known) // MOST_TRIALS))]

    async def trial(example: Example) -> Trial | None:
        query = RetrievalQuery(mask_values(example.question, bench.catalog))
        twins = made_from.get(family_of(example), set())
        candidate = retriever.candidate(query, exclude_examples={example.id, *twins})
        if candidate is None:
            return None
        key = f"{example.id} {candidate.lesson.case_id}"
        attempt = log.find("abstain", key, Attempt)
        if attempt is None:
            attempt = await bench.attempt(example, lessons=(candidate.lesson,))
            log.note("abstain", key, attempt)
        return Trial(candidate.features, int(attempt.passed) - int(own[example.id]))

    trials = await together(bench.in_flight, known, trial, begin(len(known)))
    learned = learn([each for each in trials if each is not None])
    if learned is not None:
        # A folder that cannot be written goes on with the default.
        with suppress(OSError):
            keep_beside(store.path, learned)
