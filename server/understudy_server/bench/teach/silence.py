"""When to be silent, learned for each database as a run of the product learns it for its project: out of the taught items alone."""

from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import field, frozen

from understudy_knowledge.memory.records import Case, Example
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval.abstention import Learned, learned_beside
from understudy_knowledge.teaching.abstaining import learn_abstention
from understudy_knowledge.teaching.purse import BudgetSpentError
from understudy_knowledge.teaching.records import Attempt
from understudy_knowledge.teaching.steps import Steps
from understudy_server.bench.teach.benches import DatasetBench
from understudy_server.bench.teach.spending import BoundedBench, Part, Spending


@frozen
class Home:
    """One database's examples, and the cases of it that were admitted."""

    examples: list[Example]
    cases: list[Case]


@frozen
class Silence:
    """What was learned, by database; where too few trials changed anything the default holds."""

    learned: dict[str, Learned] = field(factory=dict)
    rollouts: int = 0


async def learn_silence(
    homes: Mapping[str, Home], own: Mapping[str, bool], bench: DatasetBench, steps: Steps, spending: Spending
) -> Silence:
    """Try the likeliest lesson of each taught example that another one taught. `own` says what the student passes alone."""
    log = steps.log
    known = log.find("silence", "all", Silence)
    if known is not None:
        spending.take(Part(rollouts=known.rollouts))
        return known
    before, done = spending.taken.rollouts, steps.begin("abstain", len(homes))
    # Of a run that was cut off in here: what was tried is not tried again, and counts all the same.
    tried = sum(log.find("abstain", key, Attempt) is not None for key in log.keys("abstain"))
    spending.take(Part(rollouts=tried))
    found = {}
    with TemporaryDirectory() as folder:
        for number, (database, home) in enumerate(homes.items()):
            there = BoundedBench.over(bench.of(home.examples[0]), spending)
            path = Path(folder) / str(number) / "knowledge.db"
            path.parent.mkdir()
            with closing(KnowledgeStore.open(path)) as store:
                store.put_cases(home.cases)
                with suppress(BudgetSpentError):
                    await learn_abstention(store, home.examples, own, there, log)
                done()
                if (learned := learned_beside(path)) is not None:
                    found[database] = learned
    silence = Silence(found, spending.taken.rollouts - before)
    log.note("silence", "all", silence)
    return silence
