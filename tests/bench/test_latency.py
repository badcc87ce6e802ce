"""The measurements of the way to a suggestion, as far as they need no model server; tests/vllm has the others."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval import RetrievalQuery, Retriever
from understudy_server.bench.latency import PARTS, measurement
from understudy_server.bench.latency.many_cases import full_project
from understudy_server.bench.latency.quantiles import quantile
from understudy_server.cli import main


def test_every_part_can_be_imported() -> None:
    assert all(callable(measurement(name)) for name in PARTS)


@pytest.mark.parametrize("part", ["overhead", "remembered", "cancellation", "exploring"])
def test_a_part_that_needs_a_server_says_so_on_one_line(part: str) -> None:
    result = CliRunner().invoke(main, ["bench", "latency", "--only", part])
    assert result.exit_code == 2
    assert "this measurement needs a model server; name one with --server" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_address_that_makes_no_sense_is_told() -> None:
    result = CliRunner().invoke(main, ["bench", "latency", "--server", "nowhere", "--only", "overhead"])
    assert result.exit_code == 2
    assert "is not the address of a server" in result.stderr


def test_many_cases_are_found_by_what_they_are_about() -> None:
    root = full_project(200, seed=1)
    assert full_project(200, seed=1) == root
    with KnowledgeStore.open(root / ".understudy" / "knowledge.db") as store:
        case = store.cases()[17]
        retriever = Retriever.open(store, root / ".understudy" / "index")
        query = RetrievalQuery(case.masked_question, case.skeleton, case.lineage.tables)
        assert [lesson.case_id for lesson in retriever.lessons_for(query)] == [case.id]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_a_server_takes_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    written = tmp_path / "figures.json"
    result = CliRunner().invoke(
        main, ["bench", "latency", "--only", "footprint", "--limit", "24", "--json", str(written)]
    )
    assert result.exit_code == 0, result.output
    figures = json.loads(written.read_text())["footprint"]
    assert figures["cases"] == 2_400
    assert 0 < figures["ready_seconds"] <= figures["first_suggestion_seconds"]
    assert 20 < figures["loaded_megabytes"] <= figures["most_megabytes"]
    assert len(figures["megabytes"]) > 1


def test_quantiles_are_milliseconds_of_what_was_taken() -> None:
    assert quantile([0.004, 0.001, 0.003, 0.002], 0.5) == 3.0
    assert quantile([0.001], 0.99) == 1.0
    assert quantile([], 0.5) == 0.0
