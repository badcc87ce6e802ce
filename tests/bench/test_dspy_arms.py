"""DSPy's optimizers as arms, on a stub of a model server: each compiles, is judged as every arm is, and is counted under its name."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.models.vllm.token_counts import estimate
from understudy_server.bench.teach.arm_names import ARMS, DSPY_ARMS
from understudy_server.cli.bench import bench

ONE_CALL = 7
"""Tokens that the stub says a call takes that asks for no plan; one may be under way when the last token is spent."""


def _run(folder: Path, *options: str) -> tuple[dict[str, Any], str]:
    arguments = [
        "--data",
        "shop",
        "--turns",
        "1",
        "--siblings",
        "1",
        "-k",
        "1",
        "--seeds",
        "1",
        "--json",
        "f.json",
    ]
    result = CliRunner().invoke(bench, ["teach", *arguments, *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads((folder / "f.json").read_text(encoding="utf-8")), result.output


def _tokens(calls: dict[str, int]) -> int:
    return calls["prompt_tokens"] + calls["completion_tokens"]


@pytest.mark.parametrize("arm", DSPY_ARMS)
def test_each_optimizer_runs_through_the_proxy_under_its_own_name(
    shop: Path, model_server: Any, arm: str
) -> None:
    pytest.importorskip("dspy")
    figures, _ = _run(shop, "--arms", f"zero,rai,{arm}")
    assert figures["arms"][arm]["n"] == 1
    calls = figures["calls"][arm]["student"]
    assert calls["calls"] >= 1
    assert (calls["prompt_tokens"], calls["completion_tokens"]) == (5 * calls["calls"], 2 * calls["calls"])
    # The server itself knows its model by one name only.
    assert {body["model"] for body in model_server.asked} == {"m"}
    assert figures["settings"]["student"] == "m"
    if arm != "dspy:knn":
        compiling = figures["calls"][f"{arm} learning"]["student"]
        assert figures["arms"][arm]["learning_student_tokens"] == _tokens(compiling) > 0
        # The student does both roles' work, on both roles' tokens.
        ours = figures["arms"]["rai"]
        assert _tokens(compiling) < ours["learning_student_tokens"] + ours["teacher_tokens"] + ONE_CALL
    assert figures["settings"]["dspy_teacher"] == "the student: no model server is the teacher"


@pytest.mark.parametrize(
    ("arm", "said"),
    [("dspy:miprov2", "Use the information below to learn"), ("dspy:gepa", "provided an assistant with")],
)
def test_instructions_are_proposed_by_the_teacher_and_paid_as_its_tokens(
    taught_by_a_server: Path, model_server: Any, arm: str, said: str
) -> None:
    pytest.importorskip("dspy")
    figures, _ = _run(taught_by_a_server, "--arms", f"zero,rai,{arm}")
    assert any(said in prompt for prompt in model_server.by("t"))
    assert not any(said in prompt for prompt in model_server.by("m"))
    compiling = figures["calls"][f"{arm} learning"]["teacher"]
    assert figures["arms"][arm]["teacher_tokens"] == _tokens(compiling) > 0
    assert _tokens(compiling) < figures["arms"]["rai"]["teacher_tokens"] + ONE_CALL
    assert figures["settings"]["dspy_teacher"] == "t"


def test_what_dspy_may_take_does_not_hang_on_what_was_answered_before(
    taught_by_a_server: Path, model_server: Any
) -> None:
    pytest.importorskip("dspy")
    first, _ = _run(taught_by_a_server, "--arms", "zero,rai,dspy:gepa")
    runs = taught_by_a_server / ".understudy" / "bench"
    assert (runs / "answers.db").is_file()
    for log in runs.glob("teach-*.jsonl"):
        log.unlink()
    again, _ = _run(taught_by_a_server, "--arms", "zero,rai,dspy:gepa")
    assert "teacher" not in again["calls"]["learning"], "every answer of the teacher was kept"
    for figures in (first, again):
        assert figures["calls"]["dspy:gepa learning"]["teacher"]["calls"] > 0
    assert again["calls"]["dspy:gepa learning"] == first["calls"]["dspy:gepa learning"]
    assert again["arms"] == first["arms"] | again["arms"]


def test_optimizers_that_draw_lots_run_with_every_seed_and_are_counted_each(
    shop: Path, model_server: Any
) -> None:
    pytest.importorskip("dspy")
    figures, _ = _run(shop, "--arms", "zero,dspy:bootstrap,dspy:knn", "--seeds", "3")
    assert len(figures["arms"]["dspy:bootstrap"]["seeds"]["passed"]) == 3
    assert "seeds" not in figures["arms"]["dspy:knn"]
    stages = ["dspy:bootstrap", "dspy:bootstrap seed 1", "dspy:bootstrap seed 2"]
    for stage in stages:
        assert figures["calls"][stage]["student"]["calls"] == 1
        assert figures["calls"][f"{stage} learning"]["student"]["calls"] > 0
    assert len({json.dumps(figures["calls"][f"{stage} learning"]) for stage in stages}) > 1


def test_every_arm_says_what_the_student_took_while_it_was_learned(taught_by_a_server: Path) -> None:
    figures, _ = _run(taught_by_a_server, "--arms", "zero,cot,rai,turns=2,budget=25,k=1,teacher")
    took = {name: arm["learning_student_tokens"] for name, arm in figures["arms"].items()}
    assert (took["zero"], took["cot"], took["teacher"]) == (0, 0, 0)
    assert took["rai"] == took["k=1"] == took["turns=2"] > 0
    assert took["budget=25"] < took["rai"]


@pytest.mark.parametrize("arm", ["dspy:knn", "dspy:bootstrap"])
def test_demonstrations_beyond_the_cap_are_dropped_and_the_question_never_is(
    shop: Path, model_server: Any, monkeypatch: pytest.MonkeyPatch, arm: str
) -> None:
    pytest.importorskip("dspy")
    monkeypatch.setattr("understudy_server.bench.teach.reached.MOST_PROMPT_TOKENS", 700)
    lines = (shop / "shop" / "items.jsonl").read_text(encoding="utf-8").splitlines()
    items = [json.loads(line) for line in lines]
    for item in items[:4]:
        item["gold_sql"] += " -- " + "it is so " * 40
    (shop / "shop" / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    figures, _ = _run(shop, "--arms", f"zero,{arm}", "-k", "4")
    prompts = [prompt for prompt in model_server.by("m") if "[[ ## question ## ]]" in prompt]
    assert any("it is so" in prompt for prompt in prompts), "what fits is shown"
    assert max(map(estimate, prompts)) <= 700
    assert all(prompt.count("[[ ## question ## ]]") >= 1 for prompt in prompts)
    assert any("the largest sale" in prompt for prompt in prompts)
    assert figures["arms"][arm]["n"] == 1


def test_all_arms_are_all_that_can_run_here(shop: Path) -> None:
    pytest.importorskip("dspy")
    figures, _ = _run(shop, "--arms", "all")
    assert list(figures["arms"]) == [*ARMS, *DSPY_ARMS]
    assert "left_out" not in figures["settings"]


def test_without_a_model_server_all_arms_are_the_others_and_a_sentence_says_why(shop: Path) -> None:
    (shop / "understudy.toml").unlink()
    figures, shown = _run(shop, "--arms", "all", "--jobs", "1")
    assert list(figures["arms"]) == list(ARMS)
    said = (
        f"The arms {', '.join(DSPY_ARMS)} are left out: "
        "they need a language model: set student.base_url to a server."
    )
    assert said in " ".join(shown.split())
    assert figures["settings"]["left_out"] == said


def test_dspy_needs_a_language_model(shop: Path) -> None:
    (shop / "understudy.toml").unlink()
    shutil.rmtree(shop / "shop" / "db")
    with pytest.raises(NothingToDoError, match="dspy:gepa needs a language model"):
        _run(shop, "--arms", "dspy:gepa")
