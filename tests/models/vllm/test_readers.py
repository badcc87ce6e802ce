"""What the model writes, and what of it belongs at the cursor; pieces may be cut anywhere."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from understudy_knowledge.models.vllm.chat_answer import ChatAnswer
from understudy_knowledge.models.vllm.statement_end import StatementEnd
from understudy_knowledge.models.vllm.stop_marks import StopMarks


def run(reader, pieces):
    return "".join([*(reader.feed(piece) for piece in pieces), reader.finish()])


CHAT = [
    ("", "```sql\nSELECT 1\n```", "SELECT 1"),
    ("", "Sure!\n\n```SQL\nSELECT 1\nFROM t\n```\nHope it helps ```x```", "SELECT 1\nFROM t"),
    ("", "<think>```sql\nDROP TABLE t\n```</think>\n```sql\nSELECT 1\n```", "SELECT 1"),
    ("", "so it is two</think>SELECT 2", "SELECT 2"),
    ("", "<think>never ends ```sql\nSELECT", ""),
    ("", "SELECT 1", "SELECT 1"),
    ("", "```sql\nSELECT 1```", "SELECT 1"),
    ("", "```sql\nSELECT `a` FROM t", "SELECT `a` FROM t"),
    ("", "~~~\nSELECT 1\n~~~", "SELECT 1"),
    ("", "", ""),
    ("SELECT a FROM ", "```sql\nselect A\nfrom orders\n```", "orders"),
    ("SELECT a FROM or", "```sql\nSELECT a FROM orders\n```", "ders"),
    ("SELECT a\n  FROM t\n", "```sql\nSELECT a FROM t\nWHERE b\n```", "WHERE b"),
    ("SELECT a FROM ", "```sql\norders WHERE b\n```", "orders WHERE b"),
    ("SELECT a FROM ", "```sql\nSELECT b FROM orders\n```", ""),
    ("SELECT a FROM ", "```sql\nSELECT a\n```", ""),
    ("SELECT a", "```sql\nSELECT a\n```", ""),
]


@pytest.mark.parametrize(("prefix", "said", "wanted"), CHAT)
def test_a_chat_answer_gives_what_belongs_at_the_cursor(prefix, said, wanted):
    assert run(ChatAnswer(prefix), [said]) == wanted
    assert run(ChatAnswer(prefix), list(said)) == wanted


def test_a_chat_answer_streams_before_it_is_complete():
    reader = ChatAnswer("SELECT ")
    assert reader.feed("```sql\nSELECT a,") == "a,"
    assert reader.feed(" b") == " b"
    assert not reader.complete
    reader.feed("\n```")
    assert reader.complete


@given(st.sampled_from(CHAT), st.lists(st.integers(0, 80), max_size=6))
def test_a_chat_answer_does_not_depend_on_where_it_is_cut(case, cuts):
    prefix, said, wanted = case
    assert run(ChatAnswer(prefix), pieces_of(said, cuts)) == wanted


@pytest.mark.parametrize(
    ("before", "said", "wanted"),
    [
        ("SELECT ", "1; DROP TABLE t;", "1;"),
        (
            "",
            "SELECT ';', \"a;b\", `c;d`, [e;f] -- ;\n/* ; */ FROM t; SELECT 2",
            "SELECT ';', \"a;b\", `c;d`, [e;f] -- ;\n/* ; */ FROM t;",
        ),
        ("SELECT 'a", ";b' FROM t; x", ";b' FROM t;"),
        ("SELECT 1; SELECT ", "2; x", "2;"),
        ("SELECT 1 -", "- ;\n; x", "- ;\n;"),
        ("SELECT 'it''s", ";' ; x", ";' ;"),
        ("SELECT 1", " FROM t", " FROM t"),
    ],
)
def test_a_statement_ends_at_the_first_semicolon_that_is_code(before, said, wanted):
    assert run(StatementEnd(before), [said]) == wanted
    assert run(StatementEnd(before), list(said)) == wanted


INSERTIONS = [
    # before the cursor, what the model says, after the cursor, what belongs there
    ("SELECT COUNT(", "*) FROM t", ") FROM orders", "*"),
    ("SELECT SUM(", "COALESCE(x, 0)) FROM t", ")", "COALESCE(x, 0)"),
    ("SELECT COUNT(", "*) FROM t", "", "*) FROM t"),
    ("SELECT COUNT(", "*)) FROM t", "", "*)"),
    ("SELECT ", "')', a) FROM t", "", "')', a"),
    ("SELECT (SELECT ", "MAX(a) FROM t) FROM u", " FROM t)", "MAX(a) FROM t"),
    ("SELECT a FROM t\n", "WHERE b\nSELECT c FROM u", "", "WHERE b\n"),
    ("SELECT a FROM t\n", "  SELECT c FROM u", "", "  "),
    ("SELECT a FROM t\n", "UNION ALL\nSELECT c FROM u", "", "UNION ALL\nSELECT c FROM u"),
    ("WITH x AS (\n", "SELECT 1\n)\nSELECT a FROM x\nUPDATE t", "", "SELECT 1\n)\nSELECT a FROM x\n"),
    ("INSERT INTO t (a)\n", "SELECT a FROM u\nWITH x", "", "SELECT a FROM u\n"),
    ("SELECT a FROM t\n", "-- it's the rest\nWHERE select_ = 1", "", "-- it's the rest\nWHERE select_ = 1"),
    ("SELECT a FROM t\n", "updated_on", "", "updated_on"),
    ("MERGE INTO t USING u ON a WHEN MATCHED THEN\n", "UPDATE SET b", "", "UPDATE SET b"),
    ("SELECT ", "a, b FROM orders WHERE c = 1", " FROM orders WHERE c = 2", "a, b FROM orders WHERE"),
    ("SELECT ", "(SELECT 1 FROM orders WHERE c) FROM orders", " FROM orders WHERE c", "(SELECT 1 FROM orders WHERE c) FROM orders"),
    ("SELECT ", "a, b", ", b", "a, b"),
    ("SELECT a FROM t WHERE city = 'New ", "York' AND b = 1", "' AND b", "York"),
    ("SELECT f('", "a') FROM t", "')", "a"),
    ("SELECT f('a", "b') FROM t", "", "b') FROM t"),
    ("SEL", "ECT a FROM t\nSELECT b", "", "ECT a FROM t\n"),
    ("SELECT 1 /", "* ) ; */ + 1) ", "", "* ) ; */ + 1"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "said", "after", "wanted"), INSERTIONS)
def test_an_insertion_ends_with_what_it_belongs_to(before, said, after, wanted):
    assert run(StatementEnd(before, after), [said]) == wanted
    assert run(StatementEnd(before, after), list(said)) == wanted


sql = st.lists(
    st.sampled_from(
        ["SELECT", "select ", "x", "FROM t", "(", ")", "'", '"', "--", "/*", "*/", "\n", " ", ",", "[", "]", "WITH", "UNION", "1"]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@example("/*", "*/", "*/", [1])
@given(sql, sql, sql, st.lists(st.integers(0, 60), max_size=6))
def test_where_an_insertion_ends_does_not_depend_on_where_it_is_cut(before, said, after, cuts):
    whole = run(StatementEnd(before, after), [said])
    assert said.startswith(whole)
    assert run(StatementEnd(before, after), pieces_of(said, cuts)) == whole
    assert run(StatementEnd(before, after), list(said)) == whole


def test_no_piece_is_read_twice():
    # The time of a piece must not grow with those before it: what waits for the next piece stays short.
    end = StatementEnd("SELECT ")
    for _ in range(3_000):
        end.feed("'a', b /* c */ -- d\n")
        assert len(end._rest) <= 1


@given(st.text("ab<|x_>", max_size=40), st.lists(st.integers(0, 60), max_size=6))
def test_stop_marks_cut_the_same_however_the_text_comes(text, cuts):
    marks = ("<|x|>", "<x>", "<|_")
    wanted = text[: min((place for mark in marks if (place := text.find(mark)) >= 0), default=len(text))]
    assert run(StopMarks(marks), pieces_of(text, cuts)) == wanted


def pieces_of(text, cuts):
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    return [text[a:b] for a, b in pairwise(places)]
