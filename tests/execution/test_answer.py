"""What a process that was taken over may say."""

import json

from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.execution import Limits
from understudy_knowledge.execution.answer import Raw, outcome_of

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
answers = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["ok", "timeout", "memory", "passed", "error"]) | json_values,
        "columns": st.lists(st.text(max_size=3), max_size=3) | json_values,
        "rows": st.lists(st.lists(json_values, max_size=3), max_size=3) | json_values,
        "seconds": json_values,
        "message": st.text(max_size=5) | json_values,
    },
)


@given(st.binary(max_size=200), st.booleans(), st.integers(-1, 99))
def test_no_bytes_make_it_raise(text: bytes, late: bool, signal: int) -> None:
    assert outcome_of(Raw(text, late, signal), Limits()).kind


@given(answers)
def test_only_a_table_of_plain_cells_is_a_result(answer: dict[str, object]) -> None:
    outcome = outcome_of(Raw(json.dumps(answer).encode()), Limits())
    if outcome.result is not None:
        assert outcome.kind == "ok"
        for row in outcome.result.rows:
            assert len(row) == len(outcome.result.columns)
            assert all(cell is None or type(cell) in {str, int, float, bool} for cell in row)
