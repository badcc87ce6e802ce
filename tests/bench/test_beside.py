"""The performance page: every server in one run on one stub that waits; without the packages it says how to get them."""

import json
import shutil
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from understudy_knowledge.errors import NothingToDoError
from understudy_server.bench.latency import measurement
from understudy_server.bench.latency.beside import Contender, Measured, _contenders, _started
from understudy_server.bench.latency.stub_models import ANSWER, stub_models
from understudy_server.bench.part import Terms
from understudy_server.bench.server_process import server_process


def _post(url: str, body: dict[str, object]) -> bytes:
    sent = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(sent, timeout=10) as answer:
        return bytes(answer.read())


def test_the_stub_speaks_to_every_client_and_never_answers_before_its_time() -> None:
    with stub_models(0.05) as stub:
        began = time.perf_counter()
        plain = json.loads(_post(f"{stub.url}/v1/completions", {"model": "stub"}))
        assert time.perf_counter() - began >= 0.05
        tabby = json.loads(_post(f"{stub.url}/v1/completions", {"segments": {"prefix": "x"}}))
        streamed = _post(f"{stub.url}/v1/completions", {"stream": True})
    assert plain["choices"][0]["text"] == tabby["choices"][0]["text"] == ANSWER
    assert streamed.endswith(b"data: [DONE]\n\n")
    assert len(stub.answered) == 3


def test_without_the_packages_it_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NothingToDoError, match="npm install"):
        measurement("beside")(Terms())


def test_all_servers_are_measured_in_one_run() -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    try:
        contenders = _contenders()
    except NothingToDoError as error:
        pytest.skip(str(error))
    figures = measurement("beside")(Terms(limit=3)).figures
    for contender in contenders:
        made = figures[contender.name]
        assert made["requests"] == 3
        assert made["megabytes"] > 0
        if contender.asks_model:
            assert made["without_answer"] == 0
            assert made["overhead_ms"]["0.5"] > 0


def test_a_server_that_does_not_answer_is_ended_and_said_to_be_late(tmp_path: Path) -> None:
    silent = [sys.executable, "-c", "import time; time.sleep(600)"]
    with (
        server_process(tmp_path, silent, patience=0.2) as server,
        pytest.raises(TimeoutError, match="initialize was not answered"),
    ):
        server.request("initialize", {})
    assert not Path(f"/proc/{server.pid}").exists() or sys.platform != "linux"


def test_a_start_without_an_answer_is_counted_as_failed(tmp_path: Path) -> None:
    made, ended = Measured(), Contender("ended", [sys.executable, "-c", ""], "textDocument/completion", False)
    with ExitStack() as stack:
        assert _started(stack, tmp_path, ended, made) is None
    assert (made.failed, made.ready) == (1, [])
