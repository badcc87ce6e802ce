"""What a question says for sure beside the schema's names: values of the catalog, and numbers that are none of those."""

from understudy_knowledge.models.embedded.linking import Mention
from understudy_knowledge.models.embedded.reading import Reading

_SURE = 0.7
"""How well a value must be named to be missed where nothing uses it."""


def named_values(reading: Reading) -> list[Mention]:
    """The values that the question surely names: the best for each place, longer ones first."""
    found: list[Mention] = []
    for mention in sorted(
        reading.links.of("value"),
        key=lambda m: (m.first - m.last, -m.score, m.first, m.table, m.column or ""),
    ):
        apart = all(mention.last < other.first or other.last < mention.first for other in found)
        if apart and mention.score >= _SURE:
            found.append(mention)
    return found


def said_numbers(reading: Reading, values: list[Mention]) -> list[int]:
    """The tokens that are numbers in digits and no part of the `values` that are named."""
    inside = {at for mention in values for at in range(mention.first, mention.last + 1)}
    return [
        at
        for at, token in enumerate(reading.links.tokens)
        if token.number is not None and token.text[0].isdigit() and at not in inside
    ]
