"""Plain tables -> the records of `settings`, strictly: every complaint is one sentence that says where and what instead."""

import types
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from attrs import Attribute, AttrsInstance, evolve, fields, has
from sqlglot.dialects import Dialects

from understudy_knowledge.catalog.postgres_url import holds_secret
from understudy_knowledge.errors import ConfigurationError
from understudy_server.config.place import Place

T = TypeVar("T", bound=AttrsInstance)

_NOUNS = {str: "text", bool: "true or false", int: "a whole number", float: "a number", Path: "a path"}
_SECRETS = {"api_key", "apikey", "key", "token", "secret", "password"}
_VARIABLES = {"api_key_env": "key", "password_env": "password"}
"""Settings that name the environment variable of a secret, and what the secret is called."""


def structure(base: T, table: Mapping[str, Any], place: Place, root: Path, path: tuple[str, ...] = ()) -> T:
    """`base` with what `table` sets; paths become absolute under `root`. Raises ConfigurationError."""
    known = {attribute.name: attribute for attribute in fields(type(base))}
    hints = get_type_hints(type(base))
    changes: dict[str, Any] = {}
    for key, value in table.items():
        here = (*path, key)
        if key not in known:
            raise ConfigurationError(_unknown(key, base, place, here))
        current = getattr(base, key)
        if has(type(current)):
            if not isinstance(value, Mapping):
                raise _wrong(place, here, "a table", value)
            changes[key] = structure(current, value, place, root, here)
        else:
            changes[key] = _value(hints[key], known[key], value, place, root, here)
    return evolve(base, **changes)  # type: ignore[misc]  # the plugin cannot see through a bound type variable


def _value(
    hint: Any,
    attribute: "Attribute[Any]",
    value: object,
    place: Place,
    root: Path,
    path: tuple[str, ...],
) -> object:
    """The setting's value as its record holds it."""
    if (entry := attribute.metadata.get("entry")) is not None:
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise _wrong(place, path, "a list of tables", value)
        return tuple(structure(entry, each, place, root, path) for each in value)
    if get_origin(hint) is tuple:
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise _wrong(place, path, "a list of texts", value)
        allowed = get_args(get_args(hint)[0])
        if allowed and (strange := [each for each in value if each not in allowed]):
            raise _wrong(place, path, f"a list of {', '.join(allowed)}, or of some of them", strange[0])
        return tuple(value)
    if get_origin(hint) is types.UnionType:
        hint = next(kind for kind in get_args(hint) if kind is not types.NoneType)
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise _wrong(place, path, f"one of {', '.join(get_args(hint))}", value)
        return value
    if hint is Path:
        wanted = attribute.metadata.get("wanted", "the path of a SQLite file or DuckDB file")
        return _path(value, wanted, place, root, path)
    if not _is(value, hint):
        raise _wrong(place, path, _NOUNS[hint], value)
    above = attribute.metadata.get("above")
    if above is not None and not value > above:
        bound = f"{_NOUNS[hint]} of at least {above + 1}" if hint is int else f"a number above {above}"
        raise _wrong(place, path, bound, value)
    variable = attribute.metadata.get("secret")
    if variable and holds_secret(str(value)):
        raise ConfigurationError(_secret(place, path, variable))
    starts = attribute.metadata.get("starts")
    if starts and not str(value).startswith(starts):
        wanted = f"a URL that starts with {' or '.join(starts)}"
        # What is no URL was not looked through for a password.
        raise _wrong(place, path, wanted, object() if variable else value)
    if path == ("dialect",):
        return _dialect(str(value), place, path)
    return float(value) if hint is float else value  # type: ignore[arg-type]


def _is(value: object, kind: type) -> bool:
    # bool is an int to Python, but `turns = true` is a mistake; an int is a fine float.
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return type(value) is kind


def _path(value: object, wanted: str, place: Place, root: Path, path: tuple[str, ...]) -> Path:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise _wrong(place, path, wanted, value)
    if "://" in value:
        taken = "data.url" if path == ("data", "database") else "retrieval.base_url"
        wanted = f"{wanted}, not a URL (which {taken} takes)"
        raise _wrong(place, path, wanted, object() if holds_secret(value) else value)
    try:
        return (root / Path(value).expanduser()).resolve()
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(
            f"{place.of(path)}: {'.'.join(path)} is not a usable path: {error}."
        ) from error


def _dialect(value: str, place: Place, path: tuple[str, ...]) -> str:
    names = sorted(dialect.value for dialect in Dialects if dialect.value)
    if value.lower() in names or not value:
        return value.lower()
    raise ConfigurationError(
        f"{place.of(path)}: {value!r} is not a dialect{_did_you_mean(value.lower(), names)}"
    )


def _wrong(place: Place, path: tuple[str, ...], wanted: str, value: object) -> ConfigurationError:
    shown = repr(value) if len(repr(value)) <= 60 else f"a {type(value).__name__}"
    shown = "what stands there" if type(value) is object else shown
    return ConfigurationError(f"{place.of(path)}: {'.'.join(path)} must be {wanted}, not {shown}.")


def _unknown(key: str, base: AttrsInstance, place: Place, path: tuple[str, ...]) -> str:
    known = [attribute.name for attribute in fields(type(base))]
    variable = next((name for name in known if name in _VARIABLES), None)
    if key.lower() in _SECRETS and variable:
        return _secret(place, path, variable)
    inside = [
        ".".join((*path[:-1], name, key.lower()))
        for name in known
        if has(table := type(getattr(base, name))) and key.lower() in (each.name for each in fields(table))
    ]
    hint = f"; did you mean {' or '.join(inside)}?" if inside else _did_you_mean(key, sorted(known))
    return f"{place.of(path)}: there is no setting {'.'.join(path)}{hint}"


def _secret(place: Place, path: tuple[str, ...], variable: str) -> str:
    """The complaint about a secret. The value is not repeated: this sentence ends up in logs."""
    return (
        f"{place.of(path)}: {'.'.join(path)} would keep a secret in a file; put the {_VARIABLES[variable]} in an environment "
        f"variable and name it in {'.'.join((*path[:-1], variable))}."
    )


def _did_you_mean(word: str, names: list[str]) -> str:
    near = get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names)}."
