"""The arms: what each puts into the prompt of a tested item. All else is the same for all of them."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve, field, frozen

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.memory.lineage import lineage
from understudy_knowledge.memory.records import Case, GeneralInstructions, Lesson, Plan
from understudy_knowledge.memory.skeleton import family, family_of, skeleton
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.candidates import lesson_of
from understudy_knowledge.teaching.records import Attempt
from understudy_server.bench.teach.benches import DatasetBench
from understudy_server.bench.teach.budgets import chosen, drawn
from understudy_server.bench.teach.learning import Learned
from understudy_server.bench.teach.other_arms import CHAIN_OF_THOUGHT, dail_picker
from understudy_server.bench.teach.policy_order import by_policy
from understudy_server.bench.teach.recall import Asked, Beside, Recall
from understudy_server.bench.teach.settings import TeachSettings
from understudy_server.project import build_questions

_NOTHING = GeneralInstructions()


@frozen
class Help:
    """What a prompt gets beside the question."""

    lessons: tuple[Lesson, ...] = ()
    general: GeneralInstructions = field(factory=GeneralInstructions)
    relevance: float | None = None
    """Of the first lesson of the item's own data; None where there is none."""
    similarity: float | None = None
    """Of the first lesson of other data."""


Arm = Callable[[Item], Help]


@frozen(eq=False)
class ArmMaker:
    """Builds arms over what was learned. `queries` asks retrieval for an item's lessons, by example id."""

    learned: Learned
    taught: Sequence[Item]
    tested: Sequence[Item]
    bench: DatasetBench
    queries: Mapping[str, RetrievalQuery]
    settings: TeachSettings
    first: Mapping[str, Attempt] = field(factory=dict)
    """The student's attempts without help, by example id: what one arm picks demonstrations by."""

    @contextmanager
    def make(self, name: str) -> Iterator[Arm]:
        """The arm of that name; its lessons lie in a folder that is gone with the block."""
        k = int(name.removeprefix("k=")) if name.startswith("k=") else self.settings.lessons
        if name in ("zero", "gi"):
            yield lambda item: Help(general=self._general(item) if name == "gi" else GeneralInstructions())
        elif name == "cot":
            yield lambda item: Help(general=CHAIN_OF_THOUGHT)
        elif name == "random-k":
            yield self._random(k)
        elif name == "dail":
            yield self._dail(k)
        else:
            with TemporaryDirectory() as folder, closing(self._recall(name, Path(folder))) as recall:
                yield self._from(recall, name, k)

    def _from(self, recall: Recall, name: str, k: int) -> Arm:
        if name == "shuffled":
            return self._shuffled(recall, k)
        if name == "gi+rai":
            return lambda item: self._helped(recall, item, k, self._general(item))
        return lambda item: self._helped(recall, item, k)

    def _cases(self, name: str) -> Sequence[Case]:
        """What the arm may choose lessons from."""
        if name == "no-admission":
            return self.learned.cases
        if name == "no-refinement" or name.startswith(("turns=", "budget=", "policy=")):
            return chosen(name, self._admitted(), self.order(name), self.learned.traces)
        return self._demonstrations() if name == "demonstration" else self._admitted()

    def _admitted(self) -> list[Case]:
        return [case for case in self.learned.cases if case.status == "admitted"]

    def order(self, name: str) -> list[str]:
        """In which the arm of a part of the budget explores: as the policy has it, or drawn by lot. Raises NothingToDoError."""
        if name.startswith("policy="):
            return by_policy(self.taught, self.learned.traces, self.queries)
        return drawn((item.example.id for item in self.taught), self.settings.seed)

    def _recall(self, name: str, folder: Path) -> Recall:
        usable = [evolve(case, status="admitted") for case in self._cases(name)]
        asked = Asked(self.bench.items, self.queries, lambda item: self.bench.of(item.example).catalog)
        # When to be silent was learned of our lessons, not of demonstrations.
        beside = Beside(
            {} if name in ("no-tree", "demonstration") else self.learned.nodes,
            {} if name == "demonstration" else self.learned.silence,
            partial(build_questions, self.settings.retrieval),
        )
        return Recall.over(usable, asked, folder, beside, transfers=name != "no-transfer")

    def _helped(self, recall: Recall, item: Item, k: int, general: GeneralInstructions = _NOTHING) -> Help:
        found = recall.recalled(item, k, self._excluded(item))
        return Help(found.lessons, general, found.relevance, found.similarity)

    def _excluded(self, item: Item) -> set[str]:
        """In a rehearsal: the item itself and whatever is of its family, which no test item ever meets."""
        if not self.settings.rehearse:
            return set()
        own = family_of(item.example)
        asked = self.queries[item.example.id].question
        return {
            each.example.id
            for each in self.taught
            if each.example.id == item.example.id
            or (
                each.database == item.database
                and (
                    family(each.example.gold, each.example.dialect) == own
                    or self.queries[each.example.id].question == asked
                )
                and item.task == "sql"
            )
        }

    def _general(self, item: Item) -> GeneralInstructions:
        return self.learned.general.get(item.database, GeneralInstructions())

    def _shuffled(self, recall: Recall, k: int) -> Arm:
        """Every item gets the lessons that were meant for another one."""
        order = list(range(len(self.tested)))
        random.Random(self.settings.seed).shuffle(order)  # noqa: S311 - a control, not a secret
        turned = order[1:] + order[:1]
        meant = {
            self.tested[to].example.id: self.tested[source] for to, source in zip(order, turned, strict=True)
        }
        return lambda item: Help(self._helped(recall, meant[item.example.id], k).lessons)

    def _random(self, k: int) -> Arm:
        """Every item gets demonstrations of its own language that were drawn at random."""
        cases = self._demonstrations()
        languages = {item.example.id: item.example.language for item in self.taught}

        def drawn(item: Item) -> Help:
            pool = [case for case in cases if languages[case.example_id] == item.example.language]
            draw = random.Random(f"{self.settings.seed} {item.example.id}")  # noqa: S311
            return Help(tuple(lesson_of(case) for case in draw.sample(pool, min(k, len(pool)))))

        return drawn

    def _dail(self, k: int) -> Arm:
        """Every item gets the demonstrations that DAIL selection picks."""
        languages = {item.example.id: item.example.language for item in self.taught}
        pick = dail_picker(self._demonstrations(), languages, self.first)

        def picked(item: Item) -> Help:
            example = item.example
            query = self.queries[example.id]
            return Help(pick(example.id, example.language, example.dialect, query, k, self._excluded(item)))

        return picked

    def _demonstrations(self) -> list[Case]:
        """Every taught item as a lesson that is its gold code and nothing else."""
        return [self._demonstration(item) for item in self.taught]

    def _demonstration(self, item: Item) -> Case:
        example = item.example
        catalog = self.bench.of(example).catalog
        return Case(
            id=f"gold-{example.id}",
            example_id=example.id,
            question=example.question,
            masked_question=self.queries[example.id].question,
            plan=Plan(example.question, (), "", example.dialect),
            code=example.gold,
            skeleton=skeleton(example.gold, example.dialect),
            family=family_of(example),
            lineage=lineage(example.gold, catalog, example.dialect),
            # A student that reads prose finds the code here, one that reads structure in `code`.
            explanation=f"It is answered by:\n{example.gold}",
            origin=example.origin,
            status="admitted",
            reason="a demonstration",
        )
