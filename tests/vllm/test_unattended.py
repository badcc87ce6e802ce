"""Exploration over a real vLLM that nobody watches: the server is killed and restarted, answers are garbled, cut off and late.

Eight examples and one restart by default; UNDERSTUDY_UNATTENDED=300 takes that many, and two restarts. What is measured is printed with `pytest -s`.
"""

import asyncio
import json
import os
import random
import sqlite3
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

pytestmark = pytest.mark.vllm

KEY = "a-key-of-this-test-only"
SLOW = 12.0
"""Seconds that an answer may take in this project."""
FEW = 50
DIMENSIONS = "city country channel status carrier product brand season color size grade shelf".split()
METRICS = "total tax freight discount weight volume margin cost price units returns rating hours".split()
FAULTS = {"garbled": 0.04, "cut off": 0.03, "late": 0.01, "error 500": 0.03, "busy": 0.03, "dropped": 0.03}


class FaultyWay:
    """Between the run and vLLM; counts what it lets through, and what it does instead."""

    def __init__(self, target: str) -> None:
        self.target = target.removesuffix("/v1")
        self.did = Counter[str]()
        self.delivered = Counter[str]()
        """Answers to a role that went back whole, by whether they were streamed (the student's are)."""
        self.chance = random.Random(5)

    async def start(self) -> str:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self.pass_on)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.session = aiohttp.ClientSession()
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}/v1"

    async def stop(self) -> None:
        await self.session.close()
        await self.runner.cleanup()

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        told = json.loads(body) if body else {}
        prompt = "messages" in told or ("prompt" in told and "max_tokens" in told)
        fault = self._fault() if prompt else ""
        self.did[fault or ("passed on" if prompt else "other")] += 1
        if fault == "dropped":
            return self._drop(request)
        if fault == "error 500":
            return web.json_response({"error": {"message": "out of luck"}}, status=500)
        if fault == "busy":
            return web.json_response({"error": {"message": "busy"}}, status=429, headers={"Retry-After": "1"})
        if fault == "late":
            await asyncio.sleep(SLOW + 2)
        try:
            headers = {"Authorization": request.headers.get("Authorization", "")}
            url = self.target + request.path_qs
            async with self.session.request(
                request.method, url, json=told or None, headers=headers
            ) as answer:
                data, kind = await answer.read(), answer.content_type
                status = answer.status
        except aiohttp.ClientError:
            self.did["server away"] += 1
            return self._drop(request)
        if fault == "garbled":
            data = data[: len(data) // 2] + b"\xff{{" + data[len(data) // 2 + 3 :]
        if fault == "cut off" and request.transport is not None and not request.transport.is_closing():
            response = web.StreamResponse(headers={"Content-Type": kind, "Content-Length": str(len(data))})
            await response.prepare(request)
            await response.write(data[: len(data) // 2])
            return self._drop(request)
        gone = request.transport is None or request.transport.is_closing()
        if prompt and not fault and status == 200 and not gone:
            self.delivered["student" if told.get("stream") else "teacher"] += 1
        return web.Response(body=data, status=status, content_type=kind)

    def _fault(self) -> str:
        at = self.chance.random()
        for name, share in FAULTS.items():
            at -= share
            if at < 0:
                return name
        return ""

    def _drop(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


@pytest.mark.timeout(3600)
async def test_a_run_that_nobody_watches_loses_nothing(own_vllm, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("UNDERSTUDY_TEST_KEY", KEY)
    wanted = int(os.environ.get("UNDERSTUDY_UNATTENDED", "8"))
    way = FaultyWay(own_vllm.base_url)
    project = _project(tmp_path / "shop", wanted, await way.start())
    started = time.monotonic()
    restarts = {wanted // 2} if wanted < FEW else {wanted // 4, wanted // 2}
    try:
        result, away = await _explored(project, own_vllm, restarts)
    finally:
        await way.stop()
    seconds = time.monotonic() - started

    assert result["status"] == "done"
    assert result["examples"]["found"] == wanted
    assert result["tried"] == result["examples"]["taught"], "an example was lost"
    runs = project / ".understudy" / "runs"
    log = [json.loads(line) for line in (runs / f"{result['run']}.jsonl").read_text().splitlines()]
    assert set(Counter((entry["kind"], entry["key"]) for entry in log).values()) == {1}, "work was repeated"
    traces = [entry["value"] for entry in log if entry["kind"] == "explore"]
    assert len(traces) == result["examples"]["taught"]
    lines = [json.loads(line) for line in (runs / f"{result['run']}.ledger.jsonl").read_text().splitlines()]
    ends = Counter(line["event"] for line in lines)
    assert ends["sent"] == ends["answered"] + ends["failed"] + ends["in doubt"], "a request stands there open"
    roles = {line["call"]: line["role"] for line in lines if line["event"] == "sent"}
    answered = Counter(roles[line["call"]] for line in lines if line["event"] == "answered")
    late = sum("did not finish" in line.get("failure", "") for line in lines)
    assert 0 <= way.delivered["teacher"] - answered["teacher"] <= late, (
        "an answer that came is not accounted for"
    )
    assert len(restarts) == away
    figures = {
        "examples": wanted,
        "taught": len(traces),
        "seconds": round(seconds),
        "restarts": away,
        "proxy": dict(way.did),
        "ledger": dict(ends),
        "without a usable plan": sum(bool(trace["failure"]) for trace in traces),
        "teacher": result["teacher"],
        "student": result["student"],
        "reasons": result["reasons"],
    }
    with capsys.disabled():
        sys.stdout.write(f"\n{json.dumps(figures, indent=1)}\n")


async def _explored(project: Path, server: Any, restarts: set[int]) -> tuple[dict[str, Any], int]:
    """The run's result, and how often the server was killed under it, at these numbers of explored examples."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "understudy_server", "distill", "--progress-json",
        cwd=project, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=2**24,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    result: dict[str, Any] = {}
    restarting: list[asyncio.Task[None]] = []
    left = set(restarts)
    async for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "done":
            result = event["result"]
        elif event["stage"] == "explore" and event["done"] in left:
            left.discard(event["done"])
            restarting.append(asyncio.ensure_future(asyncio.to_thread(_restart, server)))
    said = (await process.stderr.read()).decode()
    assert await process.wait() == 0, said
    await asyncio.gather(*restarting)
    return result, len(restarting)


def _restart(server: Any) -> None:
    server.kill()
    server.start()


def _project(folder: Path, examples: int, url: str) -> Path:
    """As many commented queries as wanted, no two of one family."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / "shop.db")) as connection, connection:
        columns = [f"{name} TEXT" for name in DIMENSIONS] + [f"{name} INTEGER" for name in METRICS]
        connection.execute(f"CREATE TABLE orders (order_id INTEGER PRIMARY KEY, {', '.join(columns)})")
        chance = random.Random(3)
        rows = [
            [f"{name}{chance.randrange(4)}" for name in DIMENSIONS] + [chance.randrange(100) for _ in METRICS]
            for _ in range(60)
        ]
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO orders VALUES (NULL, {marks})", rows)
    asked = [
        f"-- {said} {metric} by {dimension}\nSELECT {dimension}, {function}({metric}) FROM orders GROUP BY {dimension};\n"
        for function, said in (("SUM", "Sum of"), ("AVG", "Mean"), ("MAX", "Largest"))
        for metric in METRICS
        for dimension in DIMENSIONS
    ]
    (folder / "queries.sql").write_text("\n".join(random.Random(4).sample(asked, examples)))
    role = f'base_url = "{url}"\nmodel = "student"\napi_key_env = "UNDERSTUDY_TEST_KEY"\ntimeout_seconds = {SLOW}\n'
    (folder / "understudy.toml").write_text(
        '[data]\ndatabase = "shop.db"\n[distill]\nturns = 2\n[execution]\nneighbors = 0\n'
        f"[teacher]\n{role}max_tokens = 160\n[student]\n{role}max_tokens = 24\n"
    )
    with suppress(FileNotFoundError):
        (folder / ".understudy").rmdir()
    return folder
