"""The structured output of general instructions: the JSON schema that is asked for, and a strict reading of what comes."""

import json
from typing import Any

_MOST_RULES = 20
_LONGEST_RULE = 300


class UnusableInstructionsError(ValueError):
    """They are no instructions; the text says why."""


def instructions_schema() -> dict[str, Any]:
    """Everything is bounded, so that even a model that rambles comes to an end."""
    rule = {"type": "string", "minLength": 1, "maxLength": _LONGEST_RULE}
    return {
        "type": "object",
        "properties": {"rules": {"type": "array", "items": rule, "maxItems": _MOST_RULES}},
        "required": ["rules"],
        "additionalProperties": False,
    }


def parse_instructions(answer: str) -> str:
    """The rules, one a line; empty where there is none. Raises UnusableInstructionsError."""
    try:
        parsed = json.loads(answer)
    except (ValueError, RecursionError):
        raise UnusableInstructionsError("it is not one JSON object") from None
    rules = parsed.get("rules") if isinstance(parsed, dict) else None
    if not isinstance(rules, list):
        raise UnusableInstructionsError('it lacks "rules", a list of texts')
    if len(rules) > _MOST_RULES:
        raise UnusableInstructionsError(f"it has {len(rules)} rules, which must be {_MOST_RULES} at most")
    lines = []
    for number, rule in enumerate(rules, 1):
        if not isinstance(rule, str) or len(rule) > _LONGEST_RULE:
            raise UnusableInstructionsError(f"rule {number} is no text of {_LONGEST_RULE} characters at most")
        lines.append(" ".join(rule.encode("utf-8", "replace").decode().split()))
    return "\n".join(filter(None, lines))
