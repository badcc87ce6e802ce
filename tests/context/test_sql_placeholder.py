"""The word that the cursor waits for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_server.context.sql.placeholder import with_placeholder


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("select ⎸ from t", "select  x  from t"),
        ("select ⎸from t", "select  x from t"),
        ("select s.⎸", "select s.x "),
        ("select a,⎸", "select a, x "),
        ("select a from t where b =⎸", "select a from t where b = x "),
        ("update t set ⎸", "update t set  x = x "),
    ],
)
def test_a_name_is_written_where_one_is_missing(text: str, written: str) -> None:
    before, after = text.encode().split("⎸".encode())
    assert with_placeholder(before + after, len(before)) == written.encode()


@pytest.mark.parametrize(
    "text", ["⎸select", "select⎸ from t", "select a⎸", "select * ⎸", "select ⎸city", "select a ⎸b"]
)
def test_nothing_is_written_where_none_is(text: str) -> None:
    before, after = text.encode().split("⎸".encode())
    assert with_placeholder(before + after, len(before)) is None


@given(st.binary(max_size=80), st.integers(0, 90))
def test_only_what_stands_at_the_cursor_is_added(text: bytes, cursor: int) -> None:
    cursor = min(cursor, len(text))
    written = with_placeholder(text, cursor)
    assert written is None or (written[:cursor] == text[:cursor] and written.endswith(text[cursor:]))
