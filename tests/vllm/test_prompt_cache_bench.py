"""The part of `understudy bench latency` that measures the prefix cache, against vLLM itself."""

import pytest

from understudy_knowledge.models.vllm import ServerSettings
from understudy_server.bench.latency import measurement
from understudy_server.bench.part import Terms

pytestmark = pytest.mark.vllm


def test_the_prompts_of_one_statement_are_found_in_the_prefix_cache(vllm_server, monkeypatch, capsys):
    monkeypatch.setenv("UNDERSTUDY_TEST_KEY", "a-key-of-this-test-only")
    server = ServerSettings(
        vllm_server.base_url, api_key_env="UNDERSTUDY_TEST_KEY", template="fim", timeout=60
    )
    part = measurement("prompt_cache")(Terms(limit=2, server=server))
    with capsys.disabled():
        for line in part.lines:
            print(f"\n{line.what}: {line.measured}")  # noqa: T201
    assert [each["keystrokes"] for each in part.figures["sessions"]] == [100, 100]
    assert all(line.met is not False for line in part.lines)
