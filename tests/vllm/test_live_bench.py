"""`understudy bench latency` against vLLM itself: that each part measures what it says, not how fast this machine is."""

import pytest

from understudy_knowledge.models.vllm import ServerSettings
from understudy_server.bench.latency import measurement
from understudy_server.bench.part import Terms

pytestmark = pytest.mark.vllm


@pytest.fixture
def terms(vllm_server, monkeypatch):
    monkeypatch.setenv("UNDERSTUDY_TEST_KEY", "a-key-of-this-test-only")
    server = ServerSettings(
        vllm_server.base_url, api_key_env="UNDERSTUDY_TEST_KEY", template="fim", timeout=60
    )
    return lambda limit: Terms(limit=limit, server=server)


def test_the_raw_request_stands_beside_each_suggestion(terms):
    figures = measurement("overhead")(terms(6)).figures
    assert figures["cases"] == 600
    for way in ("while typing", "explicitly"):
        pairs = figures[way]
        assert pairs["keystrokes"] == 6
        # What is sent and read is the same, so neither can take a multiple of the other.
        assert 0 < pairs["raw"]["0.5"] < 20 * pairs["ours"]["0.5"]


def test_a_remembered_suggestion_costs_the_server_nothing(terms):
    figures = measurement("remembered")(terms(60)).figures
    assert (figures["requests"], figures["tokens"]) == (0, 0)
    assert all(figures[way]["lost"] == 0 for way in ("the same place", "typing through", "deleting back"))


def test_a_burst_makes_the_server_write_for_its_last_request_only(terms):
    figures = measurement("cancellation")(terms(1)).figures
    assert figures["rounds"] + figures["ended_by_themselves"] >= 1
    assert figures["requests"] >= 1
    assert figures["unseen_tokens"] <= figures["tokens"]
