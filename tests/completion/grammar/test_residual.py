"""What is left of a grammar when its beginning is typed."""

import random

from hypothesis import given
from hypothesis import strategies as st

from understudy_server.completion.grammar.nodes import (
    EMPTY,
    GAP,
    NOTHING,
    Alt,
    Chars,
    Grammar,
    Ref,
    Repeat,
    Seq,
    Text,
    alt,
    maybe,
    seq,
)
from understudy_server.completion.grammar.residual import after, may_be_empty, without_gap

RULES = {
    "NAME": alt(Text("order"), Text("order_id"), Text("total")),
    "NUM": Chars("0-9", 1, 6, "1"),
    "list": seq(Ref("NAME"), Repeat(seq(Text(","), GAP, Ref("NAME")), 0, 3)),
}


def grammar_of(root):
    return Grammar(root, RULES)


def test_a_half_written_name_goes_on_to_every_name_that_it_begins():
    left = after(grammar_of(Ref("NAME")), "ord")
    assert left == Alt((Text("er"), Text("er_id")))


def test_a_whole_name_may_be_over_or_go_on():
    left = after(grammar_of(Ref("NAME")), "ORDER")
    assert isinstance(left, Alt)
    assert set(left.options) == {EMPTY, Text("_id")}


def test_what_no_derivation_begins_with_leaves_nothing():
    assert after(grammar_of(Ref("list")), "totals") == NOTHING


def test_white_space_that_stands_there_is_not_asked_for_again():
    tail = seq(maybe(seq(GAP, Text("WHERE"))), maybe(seq(GAP, Text("LIMIT"))))
    left = grammar_of(without_gap(tail, grammar_of(tail)))
    assert may_be_empty(left.root, left)
    for text in ("WHERE", "LIMIT", "WHERE LIMIT"):
        assert may_be_empty(after(left, text), left)
    assert after(left, " ") == NOTHING


def test_a_rule_that_may_be_empty_does_not_keep_the_white_space_behind_it():
    rules = {"calculated": Repeat(seq(GAP, Text("+")), 0, 2)}
    grammar = Grammar(seq(Ref("calculated"), GAP, Text("FROM")), rules)
    left = Grammar(without_gap(grammar.root, grammar), rules)
    assert may_be_empty(after(left, "FROM"), left)


names = st.sampled_from(["a", "ab", "b_1", "c d", "é"])
leaves = st.one_of(
    names.map(Text),
    st.just(seq(Text("x"), GAP, Text("y"))),
    st.builds(Chars, st.just("a-z0-9"), st.integers(0, 2), st.integers(2, 4), st.just("a")),
    st.sampled_from([Ref("NAME"), Ref("NUM"), Ref("list")]),
)
nodes = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: seq(*parts)),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: alt(*parts)),
        st.builds(Repeat, inner, st.integers(0, 1), st.integers(1, 2)),
    ),
    max_leaves=8,
)


@given(nodes, st.integers(0, 2**32), st.floats(0, 1))
def test_every_derivation_is_read_to_its_end_however_it_is_cut(derivations, node, seed, share):
    grammar = grammar_of(node)
    text = next(derivations(grammar, random.Random(seed), 1))
    cut = int(len(text) * share)
    left = grammar_of(after(grammar, text[:cut]))
    assert may_be_empty(after(left, text[cut:]), left)


def test_of_a_repetition_that_is_used_up_nothing_is_left():
    twice = Repeat(seq(Text("NOT"), GAP), 0, 1)
    left = after(grammar_of(seq(twice, Text("IN"))), "NO")
    assert left == seq(Text("T"), GAP, Text("IN"))


def test_an_empty_sequence_is_the_empty_text():
    assert may_be_empty(Seq(()), grammar_of(EMPTY))
    assert not may_be_empty(NOTHING, grammar_of(EMPTY))
