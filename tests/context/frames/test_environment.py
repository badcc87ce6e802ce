"""Names and their values where ways meet, and where there are too many."""

from understudy_server.context.frames.environment import MAX_NAMES, Environment, join_values, joined
from understudy_server.context.frames.values import Const, Frame, FrameColumn, Items


def frame(*names: str) -> Frame:
    return Frame(tuple(FrameColumn(name) for name in names))


def test_a_column_of_one_way_only_is_uncertain() -> None:
    met = join_values(frame("a", "b"), frame("a", "c"))
    assert isinstance(met, Frame)
    assert [(column.name, column.certain) for column in met.columns] == [
        ("a", True),
        ("b", False),
        ("c", False),
    ]
    assert met.names == ("a", "b", "c")


def test_a_frame_that_may_be_something_else_is_open() -> None:
    met = join_values(frame("a"), None)
    assert isinstance(met, Frame)
    assert met.names is None
    assert not met.columns[0].certain


def test_an_empty_list_that_a_loop_fills_holds_any_number() -> None:
    assert join_values(Items(()), Items((frame("a"),))) == Items((frame("a"),), uniform=True)


def test_a_way_that_ends_says_nothing_where_ways_meet() -> None:
    names = Environment({"df": frame("a")})
    assert joined(None, names) is names
    assert joined(names, None) is names


def test_constants_are_forgotten_before_frames() -> None:
    names = Environment().setting({"df": frame("a")})
    for number in range(3 * MAX_NAMES):
        names = names.setting({f"c{number}": Const(number)})
    assert len(names.names) <= MAX_NAMES
    assert names.get("df") == frame("a")
    assert f"c{3 * MAX_NAMES - 1}" in names.names


def test_the_order_in_which_names_were_set_makes_a_difference() -> None:
    one, other = {"a": frame("x"), "b": frame("y")}, {"b": frame("y"), "a": frame("x")}
    assert Environment(one) != Environment(other)
    assert Environment(one) == Environment(dict(one))
