"""The measurements of retrieval run on a few real questions and say what they promise."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from understudy_knowledge.memory.store import Entry
from understudy_server.bench.retrieval import PARTS, measurement
from understudy_server.bench.retrieval.many_entries import many_entries
from understudy_server.cli import main


def test_every_part_can_be_imported() -> None:
    assert all(callable(measurement(name)) for name in PARTS)


def test_without_data_a_part_says_so_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNDERSTUDY_DATA", raising=False)
    result = CliRunner().invoke(main, ["bench", "retrieval", "--only", "scale"])
    assert result.exit_code == 2
    assert "name their folder with --data" in result.stderr


def test_scale_and_quality_are_measured(data: Path, tmp_path: Path) -> None:
    written = tmp_path / "figures.json"
    command = ["bench", "retrieval", "--data", str(data), "--sizes", "300", "--limit", "10"]
    result = CliRunner().invoke(main, [*command, "--json", str(written)])
    assert result.exit_code == 0, result.output
    figures = json.loads(written.read_text())
    assert figures["scale"]["300"]["recall@1"] == 1.0
    assert figures["scale"]["300"]["dense_recall@8"] == 1.0
    assert 0 < figures["scale"]["300"]["search_p50_ms"] <= figures["scale"]["300"]["search_p99_ms"]
    ours = figures["quality"]["the same databases"]["ours, the masked question"]
    assert 0 <= ours["@1"] <= ours["@8"] <= 10


def test_entries_are_the_real_ones_first_and_variations_after_the_same_every_time() -> None:
    real = [Entry("a", "e", "how many orders by region", "SELECT _", ("orders",), ("orders.region",))]
    made = list(many_entries(real, 0, 5, 0))
    assert made[0].masked_question == real[0].masked_question
    assert made[3].tables == ("orders_3",)
    assert made[3].columns == ("orders_3.region",)
    assert made[2:] == list(many_entries(real, 2, 3, 0))
    assert [entry.case_id for entry in made] == sorted(entry.case_id for entry in made)
