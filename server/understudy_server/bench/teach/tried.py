"""One attempt of one arm at one tested item, and what every rule says of it."""

from attrs import frozen

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.evaluation.published import bird_accuracy, soft_f1, spider_accuracy
from understudy_knowledge.execution import Executor, Limits
from understudy_knowledge.teaching.records import Attempt


@frozen
class Published:
    """What the published rules say of an answer; there are none for programs."""

    bird: bool
    spider: bool
    soft_f1: float


@frozen
class Tried:
    """`relevance` is that of the first lesson of the item's own data, `similarity` of the first one of other data; None where there
    is none. `prompt` is a hash of the prompt as rendered; empty where it is not of our making."""

    attempt: Attempt
    published: Published | None = None
    relevance: float | None = None
    similarity: float | None = None
    given: int = 0
    """Lessons in the prompt."""
    prompt: str = ""
    teacher_tokens: int = 0
    """What the teacher took for this item alone, where the arm asks it at all."""


async def published(item: Item, attempt: Attempt, executor: Executor, limits: Limits) -> Published | None:
    """The published rules on what the attempt's code answers; the executor remembers both answers."""
    source = item.example.source
    if item.task != "sql" or source is None:
        return None
    gold = await executor.run(item.example.gold, source, limits)
    answer = await executor.run(attempt.code, source, limits) if attempt.code else None
    if gold.result is None or answer is None or answer.result is None:
        return Published(bird=False, spider=False, soft_f1=0.0)
    return Published(
        bird_accuracy(answer.result, gold.result),
        spider_accuracy(answer.result, gold.result, item.example.gold),
        round(soft_f1(answer.result, gold.result), 6),
    )
