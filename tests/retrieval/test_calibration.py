"""Silence is learned: a few trials move the default a little, many move it to where lessons help."""

import random
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval import RetrievalQuery, Retriever
from understudy_knowledge.retrieval.abstention import (
    Abstention,
    Features,
    Learned,
    Reliability,
    keep_beside,
    learned_beside,
)
from understudy_knowledge.retrieval.calibration import Trial, learn

TRIALS = st.lists(
    st.builds(
        Trial,
        st.builds(Features, st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1)),
        st.sampled_from([-1, 0, 1]),
    ),
    max_size=40,
)


def trials(count: int, helps_above: float, seed: int = 0) -> list[Trial]:
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        similarity = draw.random()
        gain = 1 if similarity > helps_above else -1
        made.append(Trial(Features(similarity, 0.1, 0.0), gain if draw.random() < 0.6 else 0))
    return made


def threshold(abstention: Abstention) -> float:
    """The similarity from which on there is a lesson."""
    steps = (n / 100 for n in range(101))
    return next(
        (s for s in steps if abstention.relevance(Features(s, 0.1, 0.0)) >= abstention.threshold), 1.0
    )


def test_too_few_changes_teach_nothing() -> None:
    unchanged = [Trial(Features(0.5, 0.1, 0.0), 0)] * 50
    assert learn([]) is None
    assert learn(unchanged) is None
    assert learn(unchanged + [Trial(Features(0.5, 0.1, 0.0), 1)] * 7) is None


def test_many_trials_move_silence_to_where_lessons_begin_to_help() -> None:
    for helps_above in (0.2, 0.7):
        learned = learn(trials(600, helps_above))
        assert learned is not None
        assert threshold(learned.abstention) == pytest.approx(helps_above, abs=0.15)


def test_a_lesson_that_changes_nothing_says_nothing_against_lessons() -> None:
    some = trials(200, 0.5)
    unchanged = [Trial(Features(n / 500, 0.1, 0.0), 0) for n in range(500)]
    assert learn(some + unchanged) == learn(some)


def test_without_losses_there_is_a_lesson_wherever_one_gained() -> None:
    learned = learn([evolve(trial, gain=max(trial.gain, 0)) for trial in trials(600, 0.6)])
    assert learned is not None
    assert threshold(learned.abstention) < 0.6
    assert learned.reliability.brier < learned.reliability.brier_before
    assert learned.reliability.ece < learned.reliability.ece_before


def test_few_trials_move_it_less_than_many() -> None:
    def moved(count: int) -> float:
        learned = learn(trials(count, 0.8))
        assert learned is not None
        return abs(learned.abstention.bias - Abstention().bias)

    assert moved(20) < moved(200) < moved(2_000)


@given(TRIALS, st.randoms())
@settings(deadline=None, max_examples=60)
def test_any_trials_give_probabilities_whatever_their_order(made: list[Trial], draw: random.Random) -> None:
    learned = learn(made)
    shuffled = list(made)
    draw.shuffle(shuffled)
    assert learn(shuffled) == learned
    if learned is not None:
        told = learned.reliability
        assert sum(each.trials for each in told.bins) == sum(trial.gain != 0 for trial in made)
        assert 0 <= told.brier <= 1
        assert 0 <= told.ece <= 1
        assert all(0 <= learned.abstention.relevance(trial.features) <= 1 for trial in made)


def test_the_curve_is_of_trials_that_were_not_learned_from() -> None:
    noise = [
        Trial(Features(random.Random(n).random(), 0.1, 0.0), random.Random(-n).choice([-1, 1]))
        for n in range(1, 61)
    ]
    learned = learn(noise)
    assert learned is not None
    assert learned.reliability.brier > 0.2  # of pure noise nothing can be foretold


def test_what_was_learned_is_in_force_from_the_next_opening_on(store: KnowledgeStore, case_maker) -> None:
    store.put_case(case_maker("c", "total of hotels by month", ("hotels",)))
    query = RetrievalQuery("total of hotels by month")
    assert Retriever.open(store, None).lessons_for(query)
    silent = Learned(evolve(Abstention(), bias=-50.0), Reliability())
    keep_beside(store.path, silent)
    assert learned_beside(store.path) == silent
    assert Retriever.open(store, None).lessons_for(query) == ()
    assert Retriever.open(store, None).candidate(query) is not None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"abstention": {"bias": "x"}}', "\x00"])
def test_a_file_that_cannot_be_read_leaves_the_default(tmp_path: Path, content: str) -> None:
    (tmp_path / "abstention.json").write_text(content)
    assert learned_beside(tmp_path / "knowledge.db") is None


def test_what_another_embedder_taught_is_not_taken(tmp_path: Path) -> None:
    keep_beside(tmp_path / "knowledge.db", Learned(evolve(Abstention(), embedder=-1), Reliability()))
    assert learned_beside(tmp_path / "knowledge.db") is None
