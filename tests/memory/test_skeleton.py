"""The family forgets values, the skeleton forgets names; neither ever fails."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.memory.skeleton import family, skeleton

TEMPLATE = (
    "SELECT {t}.{a}, COUNT(*) AS n FROM {t} JOIN {u} ON {u}.{b} = {t}.{a} "
    "WHERE {t}.{c} > {number} AND {u}.{b} = {text} AND {t}.{a} IN ({list}) GROUP BY {t}.{a} ORDER BY n DESC LIMIT {limit}"
)
NAMES = {"t": "orders", "u": "customers", "a": "id", "b": "order_id", "c": "amount"}
VALUES = {"number": "5", "text": "'x'", "list": "1", "limit": "3"}

numbers = st.one_of(
    st.integers(-(10**9), 10**9), st.decimals(allow_nan=False, allow_infinity=False, places=2)
).map(str)
texts = st.text(st.characters(exclude_categories=["C"]), max_size=20).map(
    lambda value: "'" + value.replace("'", "''") + "'"
)
identifiers = st.from_regex(r"[a-z][a-z0-9]{3,8}_x", fullmatch=True)


@given(
    number=numbers,
    text=texts,
    listed=st.lists(st.one_of(numbers, texts), min_size=1, max_size=5),
    limit=st.integers(0, 10**6),
)
@settings(max_examples=60, deadline=None)
def test_another_value_is_the_same_family(number: str, text: str, listed: list[str], limit: int) -> None:
    changed = TEMPLATE.format(**NAMES, number=number, text=text, list=", ".join(listed), limit=limit)
    assert family(changed, "sqlite") == family(TEMPLATE.format(**NAMES, **VALUES), "sqlite")


@given(names=st.lists(identifiers, min_size=5, max_size=5, unique=True))
@settings(max_examples=60, deadline=None)
def test_other_names_are_the_same_skeleton_and_another_family(names: list[str]) -> None:
    original = TEMPLATE.format(**NAMES, **VALUES)
    changed = TEMPLATE.format(**dict(zip(NAMES, names, strict=True)), **VALUES)
    assert skeleton(changed, "sqlite") == skeleton(original, "sqlite")
    assert family(changed, "sqlite") != family(original, "sqlite")


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_has_a_skeleton_and_a_family(text: str) -> None:
    assert isinstance(skeleton(text, "sqlite"), str)
    assert isinstance(family(text, "no such dialect"), str)


@given(
    st.lists(
        st.sampled_from(
            [
                "SELECT",
                "FROM",
                "WHERE",
                "(",
                ")",
                "a",
                "t1.b",
                ",",
                "'x'",
                "1",
                "AND",
                "NOT",
                "CASE",
                "=",
                "*",
                "AS",
                "WITH",
                ";",
            ]
        ),
        max_size=30,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_salad_of_sql_words_has_a_skeleton(tokens: list[str]) -> None:
    assert "'x'" not in family(" ".join(tokens), "sqlite")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT t.a FROM t WHERE t.x = 1", "select T1.a from T as T1 where 2 = T1.x"),
        ("SELECT a FROM t WHERE x = 1 AND y > 2", "SELECT a FROM t WHERE 3 < y AND (x = 'b')"),
        ("SELECT a.x FROM a JOIN b ON a.i = b.i", "SELECT q.x FROM a AS q INNER JOIN b AS r ON r.i = q.i"),
        (
            "SELECT COUNT(*) AS n FROM t GROUP BY a ORDER BY n",
            "SELECT count( * ) FROM t GROUP BY a ORDER BY COUNT(*) ASC",
        ),
        ("SELECT a FROM t WHERE x IN (1, 2, 3)", "SELECT a FROM t WHERE x IN ('a')"),
        (
            "WITH q AS (SELECT x AS y FROM t) SELECT y FROM q",
            "WITH r AS (SELECT x AS z FROM t) SELECT r.z FROM r",
        ),
        ('SELECT a FROM t WHERE x = "Bob"', "SELECT a FROM t WHERE x = 'Alice'"),
        ("SELECT a FROM t -- all of it", "SELECT `a` FROM main.t;"),
        ("SELECT a FROM t WHERE x = :since", "SELECT a FROM t WHERE x = 5"),
    ],
)
def test_spellings_of_one_query_are_one_family(one: str, other: str) -> None:
    assert family(one, "sqlite") == family(other, "sqlite")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t WHERE x > 1", "SELECT a FROM t WHERE x < 1"),
        ("SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a DESC"),
        ("SELECT a FROM t JOIN u ON t.i = u.i", "SELECT a FROM t LEFT JOIN u ON t.i = u.i"),
        ("SELECT SUM(a) FROM t", "SELECT AVG(a) FROM t"),
        ("SELECT a FROM t WHERE x AND (y OR z)", "SELECT a FROM t WHERE (x AND y) OR z"),
    ],
)
def test_other_queries_are_other_skeletons(one: str, other: str) -> None:
    assert skeleton(one, "sqlite") != skeleton(other, "sqlite")


def test_a_statement_that_does_not_parse_is_compared_by_its_tokens() -> None:
    assert family("SELECT  a FROM WHERE b = 'x", "sqlite") == "SELECT a FROM WHERE b = ?"
    assert skeleton("SELECT t.a FROM WHERE b = 'x", "sqlite") == "SELECT _ FROM WHERE _ = ?"


@pytest.mark.parametrize(
    "hostile",
    [
        "SELECT " + "(" * 100_000,
        "SELECT " + "NOT " * 50_000 + "1",
        "SELECT " + "- " * 50_000 + "1",
        "SELECT " + "CASE WHEN 1 THEN " * 20_000,
        "SELECT 1 " + "UNION SELECT 1 " * 3_000,
        "SELECT 1 " + "AND 1 " * 10_000,
        "SELECT 1 " + "+ 1 " * 10_000,
        "SELECT " + "f(" * 3_000 + ")" * 3_000,
        "'" * 99_999,
        "/*" * 50_000,
        '"' * 100_001,
    ],
    ids=lambda sql: sql[:24],
)
def test_hostile_nesting_neither_crashes_nor_hangs(hostile: str) -> None:
    assert isinstance(skeleton(hostile, "sqlite"), str)
