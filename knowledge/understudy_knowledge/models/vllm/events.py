"""What an OpenAI-compatible answer holds, read without trust: text, usage, the reason it ended."""

from typing import Any


def text_of(event: dict[str, Any]) -> str:
    """The text that one streamed event adds, of a completion or a chat; reasoning is not part of it."""
    choice = _first_choice(event)
    delta = choice.get("delta")
    text = delta.get("content") if isinstance(delta, dict) else choice.get("text")
    return _well_formed(text)


def message_of(answer: dict[str, Any]) -> tuple[str, bool]:
    """The text of a whole chat answer, and whether it was cut off at max_tokens."""
    choice = _first_choice(answer)
    message = choice.get("message")
    text = message.get("content") if isinstance(message, dict) else None
    return _well_formed(text), choice.get("finish_reason") == "length"


def usage_of(event: dict[str, Any]) -> tuple[int, int] | None:
    """Prompt and completion tokens so far, or None where the server says nothing."""
    usage = event.get("usage")
    if not isinstance(usage, dict):
        return None
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    return (prompt, completion) if isinstance(prompt, int) and isinstance(completion, int) else None


def cached_of(event: dict[str, Any]) -> int:
    """How many tokens of the prompt came from the server's prefix cache; 0 where the server says nothing."""
    usage = event.get("usage")
    details = usage.get("prompt_tokens_details") if isinstance(usage, dict) else None
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return cached if isinstance(cached, int) else 0


def is_last(event: dict[str, Any]) -> bool:
    """Whether the text ends with this event; what it took in tokens may still follow."""
    choices = event.get("choices")
    return isinstance(choices, list) and any(
        isinstance(choice, dict) and choice.get("finish_reason") for choice in choices
    )


def _first_choice(event: dict[str, Any]) -> dict[str, Any]:
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _well_formed(text: object) -> str:
    # A half surrogate passes through JSON but cannot be written to a file or an editor.
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else ""
