"""What a student that is a model server answered in one run, kept before it is used: after a kill nothing is asked again.

As `paid_answers` does it for teachers; but only for the run, in its log: the next run measures the student as it is then.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

from attrs import define, evolve, field
from cattrs.preconf.json import make_converter

from understudy_knowledge.models.roles import Completion, StudentRequest
from understudy_knowledge.teaching.run_log import RunLog

_CONVERTER = make_converter()
_KIND = "completion"


@define
class KeptCompletions:
    """The completions in one run's log."""

    log: RunLog
    _asking: "WeakValueDictionary[str, asyncio.Lock]" = field(factory=WeakValueDictionary, init=False)

    async def find_or(
        self,
        request: StudentRequest,
        sample: int,
        ask: Callable[[], Awaitable[Completion]],
        kept: Callable[[], None],
    ) -> Completion:
        """The kept completion, of which `kept` is told, else a new one; of a student that samples the one with that number.

        Raises what `ask` raises; then nothing is kept.
        """
        key = _hash(request, sample)
        # Who asks the same meanwhile waits, and finds it.
        async with self._asking.setdefault(key, asyncio.Lock()):
            found = self.log.find(_KIND, key, Completion)
            if found is not None:
                kept()
                return found
            completion = await ask()
            self.log.note(_KIND, key, completion)
            return completion


def _hash(request: StudentRequest, sample: int) -> str:
    """Equal for attempts that would be asked in the same words, with the same number."""
    # How relevant a lesson was found is in no prompt.
    lessons = [evolve(lesson, score=0.0, lift=0.0) for lesson in request.lessons]
    parts = [
        request.question,
        request.evidence,
        request.dialect,
        request.catalog.version,
        _CONVERTER.unstructure(request.plan),
        _CONVERTER.unstructure(lessons),
        _CONVERTER.unstructure(request.general),
        sample,
    ]
    return hashlib.sha256(json.dumps(parts, default=str).encode("utf-8", "surrogatepass")).hexdigest()[:32]
