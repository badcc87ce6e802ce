"""The structured output of a new example: the JSON schema that is asked for, and a strict reading of what comes."""

import json
from typing import Any

_LONGEST_QUESTION = 600
_LONGEST_QUERY = 4_000


class UnusableProposalError(ValueError):
    """It is no example; the text says why."""


def proposal_schema() -> dict[str, Any]:
    """Everything is bounded, so that even a model that rambles comes to an end."""
    longest = {"question": _LONGEST_QUESTION, "query": _LONGEST_QUERY}
    return {
        "type": "object",
        "properties": {
            name: {"type": "string", "minLength": 1, "maxLength": most} for name, most in longest.items()
        },
        "required": list(longest),
        "additionalProperties": False,
    }


def parse_proposal(answer: str) -> tuple[str, str]:
    """Question and query. Raises UnusableProposalError."""
    try:
        parsed = json.loads(answer)
    except (ValueError, RecursionError):
        raise UnusableProposalError("it is not JSON") from None
    texts = [parsed.get(name) for name in ("question", "query")] if isinstance(parsed, dict) else []
    question, query = texts if len(texts) == 2 else (None, None)
    if not (isinstance(question, str) and isinstance(query, str) and question.strip() and query.strip()):
        raise UnusableProposalError('it lacks a text "question" or "query"')
    if len(question) > _LONGEST_QUESTION or len(query) > _LONGEST_QUERY:
        raise UnusableProposalError("it is too long")
    return question, query
