"""Names and their values where ways meet, and where there are too many."""

from hypothesis import given
from hypothesis import strategies as st

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
    names = Environment.of({"df": frame("a")})
    assert joined(None, names) is names
    assert joined(names, None) is names


def test_constants_are_forgotten_before_frames() -> None:
    names = Environment().setting({"df": frame("a")})
    for number in range(3 * MAX_NAMES):
        names = names.setting({f"c{number}": Const(number)})
    assert names.size <= MAX_NAMES
    assert names.get("df") == frame("a")
    assert f"c{3 * MAX_NAMES - 1}" in names


def test_the_order_in_which_names_were_set_makes_a_difference() -> None:
    one, other = {"a": frame("x"), "b": frame("y")}, {"b": frame("y"), "a": frame("x")}
    assert Environment.of(one) != Environment.of(other)
    assert Environment.of(one) == Environment.of(dict(one))


CHANGES = st.lists(
    st.dictionaries(st.integers(0, 150).map(lambda n: f"n{n}"), st.integers(0, 3).map(Const), max_size=12),
    max_size=25,
)


@given(CHANGES, CHANGES, CHANGES)
def test_layers_are_as_one_dict(shared: list, mine: list, theirs: list) -> None:
    base, plain = Environment(), {}
    for changes in shared:
        base = base.setting(changes)
        set_last(plain, changes)
    one, other, left, right = base, base, dict(plain), dict(plain)
    for changes in mine:
        one = one.setting(changes)
        set_last(left, changes)
    for changes in theirs:
        other = other.setting(changes)
        set_last(right, changes)
    assert [*one.items()] == [*left.items()]
    assert (one.size, other.size) == (len(left), len(right))
    assert (one == other) is ([*left.items()] == [*right.items()])
    assert one == Environment.of(left)
    assert hash(one) == hash(Environment.of(left))
    differing = {
        name: join_values(left[name], value) if name in left else value
        for name, value in right.items()
        if left.get(name) != value
    }
    set_last(left, differing)
    met = joined(one, other)
    assert met is not None
    assert [*met.items()] == [*left.items()]
    assert [*base.items()] == [*plain.items()]


def set_last(names: dict, changes: dict) -> None:
    for name, value in changes.items():
        names.pop(name, None)
        names[name] = value


def test_scopes_found_equal_share_their_names() -> None:
    changes = [{f"n{number}": Const(number)} for number in range(120)]
    one, other = (
        Environment(),
        Environment.of({name: value for each in changes for name, value in each.items()}),
    )
    for each in changes:
        one = one.setting(each)
    assert one == other
    assert one.since(other) is other.since(one)
    assert [*one.items()] == [*other.items()]
