"""The suggestion cache: the same place, typing on, deleting back, and everything that makes an old suggestion unfit."""

from collections.abc import Callable

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy_server.completion.cache import Circumstances, SuggestionCache
from understudy_server.completion.suggestion import Suggestion
from understudy_server.completion.through_brackets import inside_brackets
from understudy_server.context.query_context import QueryContext

MakeContext = Callable[..., QueryContext]
NOW = Circumstances(
    suffix="", question="who?", dialect="sqlite", catalog_version="a", generation=1, model="m"
)
SHOWN = Suggestion("1", "name FROM customers", "SELECT name FROM customers", (), "m")


def found(cache: SuggestionCache, context: QueryContext, now: Circumstances = NOW) -> str | None:
    """The text that is found, None where the student would have to be asked."""
    remembered = cache.find(context, now)
    if remembered is None:
        return None
    return remembered.suggestion.text if remembered.suggestion else ""


@pytest.fixture
def cache(make_context: MakeContext) -> SuggestionCache:
    """It knows the suggestion that was shown behind `SELECT `."""
    cache = SuggestionCache()
    cache.keep(make_context("SELECT "), NOW, SHOWN)
    return cache


def test_the_same_place_gets_the_same_suggestion(cache: SuggestionCache, make_context: MakeContext) -> None:
    remembered = cache.find(make_context("SELECT "), NOW)
    assert remembered is not None
    assert remembered.suggestion is SHOWN


def test_typing_what_is_shown_gets_the_rest_under_the_same_id(
    cache: SuggestionCache, make_context: MakeContext
) -> None:
    remembered = cache.find(make_context("SELECT name FR"), NOW)
    assert remembered is not None
    assert remembered.suggestion is not None
    assert (remembered.suggestion.text, remembered.suggestion.id) == ("OM customers", "1")


def test_typing_it_in_another_case_is_typing_it(cache: SuggestionCache, make_context: MakeContext) -> None:
    assert found(cache, make_context("SELECT NAME from c")) == "ustomers"


def test_deleting_back_gets_what_was_deleted_too(cache: SuggestionCache, make_context: MakeContext) -> None:
    assert found(cache, make_context("SELECT nam")) == "e FROM customers"
    assert found(cache, make_context("SELECT ")) == "name FROM customers"
    assert found(cache, make_context("SELE")) == "CT name FROM customers"


def test_whoever_deletes_a_whole_line_wants_something_else(make_context: MakeContext) -> None:
    cache = SuggestionCache()
    cache.keep(make_context("SELECT " + "a, " * 40), NOW, SHOWN)
    assert found(cache, make_context("SELECT ")) is None


def test_typing_something_else_gets_nothing(cache: SuggestionCache, make_context: MakeContext) -> None:
    assert found(cache, make_context("SELECT c")) is None
    assert found(cache, make_context("SELECT name FROM customers")) is None
    assert found(cache, make_context("SELECX ")) is None


def test_silence_is_remembered_for_its_place_only(make_context: MakeContext) -> None:
    cache = SuggestionCache()
    cache.keep(make_context("SELECT 1"), NOW, None)
    assert found(cache, make_context("SELECT 1")) == ""
    assert found(cache, make_context("SELECT 1 ")) is None
    assert found(cache, make_context("SELECT ")) is None


def test_many_silences_do_not_push_out_what_was_shown(
    cache: SuggestionCache, make_context: MakeContext
) -> None:
    for number in range(50):
        cache.keep(make_context(f"SELECT x{number}"), NOW, None)
    assert found(cache, make_context("SELECT na")) == "me FROM customers"


@pytest.mark.parametrize(
    "change",
    [
        {"suffix": " x"},
        {"question": "what?"},
        {"dialect": "duckdb"},
        {"catalog_version": "b"},
        {"generation": 2},
        {"model": "n"},
    ],
)
def test_any_change_of_circumstances_gets_nothing(
    cache: SuggestionCache, make_context: MakeContext, change: dict[str, object]
) -> None:
    now = evolve(NOW, **change)  # type: ignore[arg-type]
    assert found(cache, make_context("SELECT "), now) is None
    assert found(cache, make_context("SELECT na"), now) is None


def test_a_bracket_that_the_editor_closed_keeps_what_belongs_inside(make_context: MakeContext) -> None:
    cache = SuggestionCache()
    cache.keep(make_context("SELECT "), evolve(NOW, suffix=";"), evolve(SHOWN, text="COUNT(*) FROM t"))
    now = evolve(NOW, suffix=");")
    assert found(cache, make_context("SELECT COUNT("), now) == "*"
    assert found(cache, make_context("SELECT COUNT(*"), now) is None
    assert found(cache, make_context("SELECT COUNT("), evolve(now, generation=2)) is None


@pytest.mark.parametrize(
    ("text", "then", "now", "inside"),
    [
        ("COALESCE(a, (b)), c) FROM t", "", ")", "COALESCE(a, (b)), c"),
        ("Lyon' AND b = 'x'", " LIMIT 1", "' LIMIT 1", "Lyon"),
        ("a FROM t", "", ")", ""),
        ("a)", "", " )", ""),
        ("a)", "b", "c", ""),
        ("a)", "", "", ""),
    ],
)
def test_what_belongs_inside_brackets_that_were_closed(text: str, then: str, now: str, inside: str) -> None:
    assert inside_brackets(text, then, now) == inside


@given(st.text("ab(' \n", max_size=12), st.text("ab(' \nCD", min_size=1, max_size=12), st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_typed_and_what_is_found_are_always_what_was_shown(
    make_context: MakeContext, prefix: str, text: str, data: st.DataObject
) -> None:
    cache = SuggestionCache()
    cache.keep(make_context(prefix), NOW, evolve(SHOWN, text=text))
    whole = prefix + text
    at = data.draw(st.integers(0, len(whole) - 1))
    assert found(cache, make_context(whole[:at])) == whole[at:]


def test_it_forgets_the_oldest(make_context: MakeContext) -> None:
    cache = SuggestionCache()
    for number in range(300):
        cache.keep(make_context(f"SELECT {number} "), NOW, SHOWN)
    assert found(cache, make_context("SELECT 0 ")) is None
    assert found(cache, make_context("SELECT 299 ")) == SHOWN.text
