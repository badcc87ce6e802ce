"""Many pieces of the same work, a bounded number at once: what the log has is not done again, what is done is logged."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from attrs import frozen

from understudy_knowledge.memory.records import Example
from understudy_knowledge.teaching.purse import BudgetSpentError
from understudy_knowledge.teaching.records import Progress
from understudy_knowledge.teaching.run_log import RunLog
from understudy_knowledge.teaching.together import Done, together

OnProgress = Callable[[Progress], None]
_Record = TypeVar("_Record")


@frozen
class Steps:
    """How a run works through examples. `in_flight` bounds how many are worked on at once."""

    log: RunLog
    in_flight: int
    on_progress: OnProgress

    async def each(
        self,
        stage: str,
        examples: Sequence[Example],
        record: type[_Record],
        work: Callable[[Example], Awaitable[_Record]],
        *,
        done: int = 0,
        total: int | None = None,
        noted_as: str = "",
    ) -> dict[str, _Record]:
        """The work's result for each example, begun in their order; from the log where it is noted already, under the stage's
        name or what else it is `noted_as`.

        `done` of `total` says how far the stage was before. An example that the teacher's budget no longer covers is left out;
        those that need no teacher go on.
        """
        total = done + len(examples) if total is None else total

        async def one(example: Example) -> _Record | None:
            nonlocal done
            result = self.log.find(noted_as or stage, example.id, record)
            if result is None:
                try:
                    result = await work(example)
                except BudgetSpentError:
                    return None
                self.log.note(noted_as or stage, example.id, result)
            done += 1
            self.on_progress(Progress(stage, done, total, example.question))
            return result

        if not done:
            self.on_progress(Progress(stage, 0, total))
        results = await together(self.in_flight, examples, one)
        pairs = zip(examples, results, strict=True)
        return {example.id: result for example, result in pairs if result is not None}

    def begin(self, stage: str, total: int) -> Done:
        """Say that a stage of so many pieces begins; what is returned is to be called after each of them."""
        done = 0

        def one_more() -> None:
            nonlocal done
            done += 1
            self.on_progress(Progress(stage, done, total))

        if total:
            self.on_progress(Progress(stage, 0, total))
        return one_more
