"""`understudy bench teach` with vLLM itself and a tiny random model: every arm runs end to end, and the proxy counts what vLLM counts.

How often it passes means nothing: the model is random. The report names it among its settings.
"""

import json
import sqlite3
import urllib.request

import pytest
from click.testing import CliRunner

from understudy_server.bench.teach.arm_names import ARMS, DSPY_ARMS
from understudy_server.cli.bench import bench

pytestmark = pytest.mark.vllm

PROMPTS, GENERATED = "vllm:prompt_tokens_total", "vllm:generation_tokens_total"


@pytest.fixture
def folder(vllm_server, tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERSTUDY_TEST_KEY", "a-key-of-this-test-only")
    monkeypatch.delenv("UNDERSTUDY_DATA", raising=False)
    role = f'base_url = "{vllm_server.base_url}"\nmodel = "student"\napi_key_env = "UNDERSTUDY_TEST_KEY"\nmax_tokens = 12\n'
    (tmp_path / "understudy.toml").write_text(
        f'[student]\n{role}template = "chat"\n[teacher]\n{role}', encoding="utf-8"
    )
    shop = tmp_path / "shop"
    (shop / "db").mkdir(parents=True)
    with sqlite3.connect(shop / "db" / "shop.sqlite") as connection:
        connection.executescript(
            "CREATE TABLE sales (region TEXT, amount INTEGER); INSERT INTO sales VALUES ('North', 10), ('South', 5), ('West', 8)"
        )
    asked = [
        ("a", "train", "what was sold in the North", "SELECT SUM(amount) FROM sales WHERE region = 'North'"),
        ("b", "train", "how many sales are there", "SELECT COUNT(*) FROM sales"),
        ("c", "test", "what was sold in the West", "SELECT SUM(amount) FROM sales WHERE region = 'West'"),
        ("d", "test", "the largest sale", "SELECT MAX(amount) FROM sales"),
    ]
    items = [
        {"id": name, "source": "shop", "task": "sql", "database": "db/shop.sqlite", "dialect": "sqlite", "question": question,
         "gold_sql": gold, "split": split}
        for name, split, question, gold in asked
    ]  # fmt: skip
    (shop / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _metric(server, name):
    with urllib.request.urlopen(server.base_url.removesuffix("/v1") + "/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith((f"{name}{{", f"{name} ")))


def _run(folder, arms):
    arguments = [
        "teach", "--data", "shop", "--arms", arms, "--turns", "1", "--siblings", "1", "--seeds", "1", "-k", "2", "--json", "f.json",
        "--report", "f.html",
    ]  # fmt: skip
    result = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads((folder / "f.json").read_text(encoding="utf-8"))


def _counted(figures):
    roles = [calls for roles in figures["calls"].values() for calls in roles.values()]
    names = [name for name, count in roles[0].items() if isinstance(count, int)]
    return {name: sum(calls[name] for calls in roles) for name in names}


def test_every_arm_runs_and_the_proxy_counts_what_vllm_counts(folder, vllm_server):
    before = {name: _metric(vllm_server, name) for name in (PROMPTS, GENERATED)}
    figures = _run(folder, ",".join(ARMS))
    after = {name: _metric(vllm_server, name) for name in (PROMPTS, GENERATED)}
    assert set(figures["arms"]) == set(ARMS)
    assert {"learning", "zero", "rai", "teacher"} <= set(figures["calls"])
    counted = _counted(figures)
    assert counted["untold"] == 0
    assert counted["calls"] > 0
    assert counted["prompt_tokens"] == after[PROMPTS] - before[PROMPTS]
    # A stream that we end is told to vLLM when it has written a token or so more than it could say.
    unseen = after[GENERATED] - before[GENERATED] - counted["completion_tokens"]
    assert 0 <= unseen <= 8 * counted["cut_off"]
    assert figures["calls"]["teacher"]["teacher"]["calls"] == 2
    assert (figures["settings"]["student"], figures["settings"]["teacher"]) == ("student", "student")
    assert "base-uri" in (folder / "f.html").read_text(encoding="utf-8")


def test_what_was_paid_for_is_not_asked_again(folder, vllm_server):
    first = _run(folder, "zero,rai")
    before = _metric(vllm_server, PROMPTS)
    again = _run(folder, "zero,rai")
    # Which model is served and how it is asked is found out anew; that generates a prompt of a token or two at most.
    assert _metric(vllm_server, PROMPTS) - before <= 4
    assert again["digest"] == first["digest"]


def test_dspys_optimizers_run_on_the_same_student(folder, vllm_server):
    pytest.importorskip("dspy")
    before = _metric(vllm_server, PROMPTS)
    figures = _run(folder, ",".join(("zero", *DSPY_ARMS)))
    for arm in DSPY_ARMS:
        assert figures["arms"][arm]["n"] == 2
        assert figures["calls"][arm]["student"]["calls"] >= 2
        assert figures["calls"][arm]["student"]["failed"] == 0
    assert figures["settings"]["dspy_teacher"] == "student", "the model of that name, which fills both roles"
    assert _counted(figures)["prompt_tokens"] == _metric(vllm_server, PROMPTS) - before
