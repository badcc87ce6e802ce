"""New examples out of verified ones: what a teacher that can make some is asked, and what it gives. Knows no backend."""

from typing import Literal, Protocol, runtime_checkable

from attrs import field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Example
from understudy_knowledge.models.usage import Usage

ProposalKind = Literal["rephrase", "new", "answer"]
"""The same question in other words, another question that the same data answers, or another query that answers the same question:
the three ways of Chan et al., "Balancing Cost and Effectiveness of Synthetic Data Generation Strategies for LLMs" (2024)."""


@frozen
class ProposalRequest:
    """One verified example, and what is wanted of it."""

    example: Example
    catalog: Catalog
    kind: ProposalKind


@frozen
class Proposal:
    """A question, and the code that its maker says answers it: nothing of it is proved."""

    question: str
    code: str
    model: str
    usage: Usage = field(factory=Usage)


@runtime_checkable
class Proposer(Protocol):
    """A teacher that can make questions; not every one can."""

    async def propose(self, request: ProposalRequest) -> Proposal:
        """One question with its code. Raises BackendError."""
