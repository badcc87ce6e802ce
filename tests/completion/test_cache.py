"""The suggestion cache: the same place, typing on, and everything that makes an old suggestion unfit."""

from collections.abc import Callable

from attrs import evolve

from understudy_server.completion.cache import Circumstances, SuggestionCache
from understudy_server.completion.suggestion import Suggestion
from understudy_server.context.query_context import QueryContext

MakeContext = Callable[..., QueryContext]
NOW = Circumstances(
    suffix="", question="who?", dialect="sqlite", catalog_version="a", generation=1, model="m"
)
SHOWN = Suggestion("1", "name FROM customers", "SELECT name FROM customers", (), "m")


def test_the_same_place_gets_the_same_suggestion(make_context: MakeContext) -> None:
    cache = SuggestionCache()
    cache.keep(make_context("SELECT "), NOW, SHOWN)
    assert cache.find(make_context("SELECT "), NOW) is SHOWN


def test_typing_what_is_shown_gets_the_rest_under_the_same_id(make_context: MakeContext) -> None:
    cache = SuggestionCache()
    cache.keep(make_context("SELECT "), NOW, SHOWN)
    rest = cache.find(make_context("SELECT name FR"), NOW)
    assert rest is not None
    assert (rest.text, rest.id) == ("OM customers", "1")


def test_typing_something_else_gets_nothing(make_context: MakeContext) -> None:
    cache = SuggestionCache()
    cache.keep(make_context("SELECT "), NOW, SHOWN)
    assert cache.find(make_context("SELECT c"), NOW) is None
    assert cache.find(make_context("SELECT name FROM customers"), NOW) is None


def test_any_change_of_circumstances_gets_nothing(make_context: MakeContext) -> None:
    cache = SuggestionCache()
    cache.keep(make_context("SELECT "), NOW, SHOWN)
    for change in (
        {"suffix": ")"},
        {"question": "what?"},
        {"dialect": "duckdb"},
        {"catalog_version": "b"},
        {"generation": 2},
        {"model": "n"},
    ):
        assert cache.find(make_context("SELECT "), evolve(NOW, **change)) is None
        assert cache.find(make_context("SELECT na"), evolve(NOW, **change)) is None


def test_it_forgets_the_oldest(make_context: MakeContext) -> None:
    cache = SuggestionCache()
    for number in range(300):
        cache.keep(make_context(f"SELECT {number} "), NOW, SHOWN)
    assert cache.find(make_context("SELECT 0 "), NOW) is None
    assert cache.find(make_context("SELECT 299 "), NOW) is SHOWN
