"""Every filter against its goldens (`NAME.toml` beside this file), and what holds for all of them on any text."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_server.completion.filters import FILTERS, clean
from understudy_server.context.query_context import QueryContext, Question, Span, StringForm

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent
BY_NAME = {apply.__name__: apply for apply in FILTERS}


def context_of(prefix: str, suffix: str, indent: str = "", above: str = "", string: str = "") -> QueryContext:
    """`string` is how the Python string begins in which the SQL stands, such as `f"`."""
    statement = prefix + suffix
    span = Span(0, len(statement.encode("utf-8", "surrogatepass")))
    return QueryContext(
        region="sql-file",
        dialect="sqlite",
        statement_span=span,
        offset=len(prefix.encode("utf-8", "surrogatepass")),
        statement=statement,
        prefix=prefix,
        suffix=suffix,
        clause="other",
        relations=(),
        question=Question("", "none"),
        indent=indent,
        above=above,
        string=StringForm(string.rstrip("\"'"), string.lstrip("rbfuRBFU")) if string else None,
    )


def split(marked: str) -> tuple[str, str, str]:
    prefix, _, rest = marked.partition("├")
    text, _, suffix = rest.partition("┤")
    return prefix, text, suffix


def goldens() -> list[object]:
    cases = []
    for path in sorted(FOLDER.glob("*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            reason = case.get("known_failure")
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            cases.append(
                pytest.param(BY_NAME[path.stem], case, id=f"{path.stem}: {case['name']}", marks=marks)
            )
    return cases


@pytest.mark.parametrize(("apply", "case"), goldens())
def test_golden(apply: Callable[[str, QueryContext], str], case: dict[str, str]) -> None:
    prefix, text, suffix = split(case["before"])
    wanted_prefix, wanted, wanted_suffix = split(case["after"])
    assert (prefix, suffix) == (wanted_prefix, wanted_suffix)
    place = {name: case[name] for name in ("indent", "above", "string") if name in case}
    assert apply(text, context_of(prefix, suffix, **place)) == wanted


def test_every_filter_has_goldens() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(BY_NAME)


pieces = st.lists(
    st.sampled_from([*"()';\"`,\n\t ", "--", "/*", "*/", "```", "SELECT ", "FROM t", "\n\n", "END", "<|x|>"])
    | st.text(max_size=6),
    max_size=30,
).map("".join)


@given(pieces, pieces, pieces)
def test_any_text_is_cleaned_without_a_crash_and_shows_no_hidden_character(
    prefix: str, text: str, suffix: str
) -> None:
    context = context_of(prefix, suffix)
    once = clean(text, context)
    assert not any(character in once for character in "\r\x00\u200b\u202e")


@given(st.integers(min_value=1, max_value=2_000))
def test_a_long_loop_is_cleaned_in_time(times: int) -> None:
    context = context_of("SELECT a FROM t WHERE ", "")
    assert len(clean("x = 1\n  AND y = 2\n" * times, context)) < 60
