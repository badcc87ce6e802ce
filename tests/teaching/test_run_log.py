"""The run log survives what a kill, a full disk or an editor leaves behind."""

import json
from pathlib import Path

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.teaching.records import Attempt
from understudy_knowledge.teaching.run_log import RunLog

ATTEMPT = Attempt("e1", "SELECT 'ü'\n", True, "ok", "")


def written(path: Path, count: int = 3) -> bytes:
    log = RunLog(path)
    for number in range(count):
        log.note("before", f"e{number}", ATTEMPT)
    log.close()
    return path.read_bytes()


def test_what_is_noted_is_found_again_by_another_process(tmp_path: Path) -> None:
    written(tmp_path / "deep" / "er" / "run.jsonl")
    log = RunLog(tmp_path / "deep" / "er" / "run.jsonl")
    assert log.find("before", "e1", Attempt) == ATTEMPT
    assert list(log.keys("before")) == ["e0", "e1", "e2"]
    assert log.find("after", "e1", Attempt) is None
    assert list(log.keys("after")) == []
    log.close()


def test_a_line_cut_at_any_byte_costs_that_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    whole = written(path)
    start = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(start, len(whole)):
        path.write_bytes(whole[:cut])
        log = RunLog(path)
        assert list(log.keys("before")) == ["e0", "e1"]
        log.note("before", "e2", ATTEMPT)
        log.close()
        assert path.read_bytes() == whole


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_garbage_after_whole_lines_is_dropped(
    tmp_path_factory: pytest.TempPathFactory, garbage: bytes
) -> None:
    path = tmp_path_factory.mktemp("log") / "run.jsonl"
    path.write_bytes(written(path) + garbage)
    log = RunLog(path)
    assert list(log.keys("before")) == ["e0", "e1", "e2"]
    log.note("after", "e0", ATTEMPT)
    log.close()
    again = RunLog(path)
    assert again.find("after", "e0", Attempt) == ATTEMPT
    again.close()


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "null",
        '{"kind": "before"}',
        '{"kind": ["before"], "key": {}, "value": 1}',
        '{"kind": 1, "key": 2, "value": 3}',
        "[" * 100_000,
        '{"kind": "before", "key": "e9", "value": NaN',
    ],
)
def test_lines_of_another_shape_are_dropped(tmp_path: Path, line: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(written(path) + line.encode() + b"\n")
    log = RunLog(path)
    assert list(log.keys("before")) == ["e0", "e1", "e2"]
    log.close()


@pytest.mark.parametrize("value", [None, 5, "text", [], {}, {"example_id": "e"}, {"passed": {}, "code": 1}])
def test_a_value_of_another_version_is_not_found(tmp_path: Path, value: object) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(json.dumps({"kind": "before", "key": "e0", "value": value}) + "\n")
    log = RunLog(path)
    assert log.find("before", "e0", Attempt) is None
    log.close()


def test_the_last_note_under_a_key_wins(tmp_path: Path) -> None:
    @frozen
    class Number:
        value: int

    log = RunLog(tmp_path / "run.jsonl")
    log.note("n", "k", Number(1))
    log.note("n", "k", Number(2))
    log.close()
    log = RunLog(tmp_path / "run.jsonl")
    assert log.find("n", "k", Number) == Number(2)
    log.close()


def test_a_log_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "run.jsonl"):
        with pytest.raises(KnowledgeStoreError, match="cannot be written"):
            RunLog(path)
