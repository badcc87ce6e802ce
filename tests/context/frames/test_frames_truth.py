"""What is inferred of every frame in corpus/*.txt, held against what pandas, polars and DuckDB made of it (truth.json)."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from frames_oracle import snippets, verdict
from shop_files import catalog_of_files

from understudy_server.context.frames.visible import visible_frames

TRUTH: dict[str, list[dict[str, Any]]] = json.loads(Path(__file__).with_name("truth.json").read_text("utf-8"))


def verdicts(name: str) -> Counter[str]:
    code = snippets()[name].encode()
    counts: Counter[str] = Counter()
    for record in TRUTH[name]:
        frames = {
            each.name: each.frame for each in visible_frames(code, record["offset"], catalog_of_files())
        }
        counts[verdict(record, frames.get(record["name"]))] += 1
    return counts


@pytest.mark.parametrize("name", TRUTH)
def test_no_column_is_invented_or_lost(name: str) -> None:
    assert verdicts(name)["wrong"] == 0


def test_the_truth_is_that_of_the_corpus() -> None:
    assert set(TRUTH) == set(snippets())


def test_nine_frames_of_ten_are_known_exactly() -> None:
    total = sum((verdicts(name) for name in TRUTH), Counter())
    assert total["exact"] / total.total() >= 0.9
