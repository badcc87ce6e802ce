"""What a run has spent on its teachers and what it may, in words and for programs."""

from typing import Any

from attrs import asdict, frozen

from understudy_knowledge.teaching.purse import Allowance, Spent


@frozen
class Spending:
    """So far, under the run's allowance."""

    spent: Spent
    allowance: Allowance
    minutes: float | None = None
    """How long the run has been worked on, while it goes on."""
    lessons: int | None = None
    """How many were admitted so far; None where nobody counted."""

    @property
    def lessons_per_1000_tokens(self) -> float | None:
        """Lessons admitted for each 1,000 tokens of the teachers; None where they took none."""
        if self.lessons is None or not self.spent.usage.total:
            return None
        return 1000 * self.lessons / self.spent.usage.total

    def words(self) -> str:
        """`12 of 40 calls, 8,200 tokens, 3 of 30 min, 0.5 lessons per 1,000 tokens`, and money where something costs some."""
        spent, allowed = self.spent, self.allowance
        parts = [
            _of(f"{spent.calls:,}", _number(allowed.calls)) + " calls",
            _of(f"{spent.usage.total:,}", _number(allowed.tokens)) + " tokens",
        ]
        if spent.money or allowed.money is not None:
            parts.append(
                _of(f"{spent.money:.4g}", None if allowed.money is None else f"{allowed.money:g}") + " money"
            )
        if self.minutes is not None and (self.minutes >= 1 or allowed.minutes is not None):
            bound = None if allowed.minutes is None else f"{allowed.minutes:g}"
            parts.append(_of(f"{self.minutes:.0f}", bound) + " min")
        if self.lessons_per_1000_tokens is not None:
            parts.append(f"{self.lessons_per_1000_tokens:.2g} lessons per 1,000 tokens")
        return ", ".join(parts)

    def as_json(self) -> dict[str, Any]:
        """The same as numbers; a bound that is not set is null."""
        minutes = {} if self.minutes is None else {"minutes": round(self.minutes, 2)}
        return {
            **minutes,
            "calls": self.spent.calls,
            "tokens": self.spent.usage.total,
            "money": self.spent.money,
            "lessons_per_1000_tokens": self.lessons_per_1000_tokens,
            "allowed": asdict(self.allowance),
        }


def _number(bound: int | None) -> str | None:
    return None if bound is None else f"{bound:,}"


def _of(count: str, bound: str | None) -> str:
    return count if bound is None else f"{count} of {bound}"
