"""What a run held to is found again by what comes after it."""

from pathlib import Path

from attrs import asdict

from understudy_knowledge.memory.store import KnowledgeStore
from understudy_server.cli.runs import Wish, choose_run, last_seed, terms_of
from understudy_server.config import DistillSettings


def test_the_last_run_tells_by_which_seed_examples_were_held_out(tmp_path: Path) -> None:
    with KnowledgeStore.open(tmp_path / "knowledge.db") as store:
        assert last_seed(store) == 0
        for seed in (3, 7):
            wish = Wish(seed=seed)
            terms = terms_of(wish, DistillSettings(), lessons=1, student="a student", teacher="a teacher")
            choose_run(store, wish, terms, lambda sentence: None)
        assert last_seed(store) == 7


def test_a_run_of_an_unknown_version_tells_no_seed(tmp_path: Path) -> None:
    with KnowledgeStore.open(tmp_path / "knowledge.db") as store:
        store.start_run("old", {**asdict(Wish(seed=7)), "resume": None})
        assert last_seed(store) == 0
