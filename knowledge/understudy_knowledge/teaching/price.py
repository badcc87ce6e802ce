"""What a model's tokens cost."""

from attrs import frozen

from understudy_knowledge.models.usage import Usage


@frozen
class Price:
    """Money for a million tokens, in whatever currency the settings mean."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, usage: Usage) -> float:
        """What so many tokens cost."""
        return (usage.prompt * self.prompt + usage.completion * self.completion) / 1_000_000
