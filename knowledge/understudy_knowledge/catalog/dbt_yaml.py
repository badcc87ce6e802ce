"""YAML of dbt projects, read so that no file can do harm: safe types alone, bounded size, depth and repetition."""

from typing import Any

import yaml

FILE_BYTES = 2 * 1024 * 1024
_DEEPEST = 60
_MOST_ALIASES = 500
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotReadableError(ValueError):
    """The text is no YAML, or not such that dbt would have; the message says why, in a few words."""


def load_yaml(text: str) -> Any:
    """What the text holds. Raises NotReadableError.

    An alias inside of an anchored part is refused: a few lines of those expand to more than any memory holds.
    """
    if len(text) > FILE_BYTES:
        raise NotReadableError(f"it is larger than {FILE_BYTES // 1024**2} MB")
    try:
        _check(text)
        return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, the one written in C where there is one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark is not None else ""
        raise NotReadableError(f"it is not valid YAML{place}") from error
    except (ValueError, RecursionError, OverflowError) as error:  # a date that is none
        raise NotReadableError("it is not valid YAML") from error


def _check(text: str) -> None:
    """Events come without recursion, so depth and aliases are known before anything is built."""
    depth = aliases = 0
    anchored: list[bool] = []
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            anchored.append(bool(event.anchor) or (bool(anchored) and anchored[-1]))
            if depth > _DEEPEST:
                raise NotReadableError("it is nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            anchored.pop()
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
            if aliases > _MOST_ALIASES or (anchored and anchored[-1]):
                raise NotReadableError("it repeats itself through aliases")
