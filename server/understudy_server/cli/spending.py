"""What a run has spent on its teachers and what it may, in words and for programs."""

from typing import Any

from attrs import asdict, frozen

from understudy_knowledge.teaching.purse import Allowance, Spent


@frozen
class Spending:
    """So far, under the run's allowance."""

    spent: Spent
    allowance: Allowance

    def words(self) -> str:
        """`12 of 40 calls, 8,200 tokens, 0.03 of 0.5 money`; money only where something costs some."""
        spent, allowed = self.spent, self.allowance
        parts = [
            _of(f"{spent.calls:,}", _number(allowed.calls)) + " calls",
            _of(f"{spent.usage.total:,}", _number(allowed.tokens)) + " tokens",
        ]
        if spent.money or allowed.money is not None:
            parts.append(
                _of(f"{spent.money:.4g}", None if allowed.money is None else f"{allowed.money:g}") + " money"
            )
        return ", ".join(parts)

    def as_json(self) -> dict[str, Any]:
        """The same as numbers; a bound that is not set is null."""
        return {
            "calls": self.spent.calls,
            "tokens": self.spent.usage.total,
            "money": self.spent.money,
            "allowed": asdict(self.allowance),
        }


def _number(bound: int | None) -> str | None:
    return None if bound is None else f"{bound:,}"


def _of(count: str, bound: str | None) -> str:
    return count if bound is None else f"{count} of {bound}"
