"""A role's model as DSPy asks it, and how a program's prompt is laid out: the cap that holds for every arm holds here too."""

from collections.abc import Callable
from typing import Any

from understudy_knowledge.models.vllm.token_counts import estimate
from understudy_server.bench.teach.reached import Reached

_AROUND = 8
"""Tokens around one message in a chat, at most."""

Spent = Callable[[str], bool]
"""Whether the tokens of a role are spent."""


def language_model(reached: Reached, label: str, temperature: float, spent: Spent) -> Any:
    """DSPy's model, without its cache. Once `spent` it says nothing, and the optimizer ends with what it has."""
    import dspy

    class Told(dspy.LM):  # type: ignore[misc]
        """An answer without a word is an answer: a wrong one, and no failure of the run."""

        def __call__(self, *given: Any, **named: Any) -> Any:
            try:
                return [_not_empty(output) for output in super().__call__(*given, **named)]
            except Exception:
                if not spent(reached.role):
                    raise
                return [" "]

    return Told(
        f"openai/{reached.named(label)}", api_base=reached.base_url, api_key=reached.key, cache=False, num_retries=0,
        max_tokens=reached.max_tokens, temperature=temperature,
    )  # fmt: skip


def adapter(most: int) -> Any:
    """Lays out prompts of at most so many tokens, by the estimate that our own are cut by, and reads answers leniently.

    Beyond that the last demonstrations are dropped, as many as it takes; the question and its tables never are.
    """
    import dspy
    from dspy.utils.exceptions import AdapterParseError

    class Lenient(dspy.ChatAdapter):  # type: ignore[misc]
        """A small model that does not keep to the format of fields is taken at its word: all it said is the last field."""

        def format(self, signature: Any, demos: list[Any], inputs: dict[str, Any]) -> Any:
            # Every try gets its own copy: the base class takes fields of a conversation out of what it is given.
            made = super().format(signature, list(demos), dict(inputs))
            while demos and _tokens(made) > most:
                demos = demos[:-1]
                made = super().format(signature, list(demos), dict(inputs))
            return made

        def parse(self, signature: Any, completion: str) -> dict[str, Any]:
            try:
                found: dict[str, Any] = super().parse(signature, completion)
            except AdapterParseError:
                names = list(signature.output_fields)
                found = dict.fromkeys(names[:-1], "") | {names[-1]: completion}
            return found

    return Lenient(use_json_adapter_fallback=False)


def _tokens(messages: list[dict[str, Any]]) -> int:
    return sum(estimate(str(message["content"])) + _AROUND for message in messages)


def _not_empty(output: Any) -> Any:
    if isinstance(output, dict):
        return output if output.get("text") else {**output, "text": " "}
    return output or " "
