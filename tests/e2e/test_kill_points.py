"""distill over real sockets, killed at its own writes and resumed: nothing that was kept is paid twice, no figure changes.

Some points by default; UNDERSTUDY_KILL_POINTS=all tries every one of them, or any other number of them.
"""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

IN_FLIGHT = 2
DYING = Path(__file__).parent / "dying.py"
SCHEMA = """
CREATE TABLE orders (order_id INTEGER PRIMARY KEY, city TEXT, status TEXT, total INTEGER, placed TEXT);
INSERT INTO orders (city, status, total, placed) VALUES
  ('Lyon', 'paid', 12, '2024-01-02'), ('Lyon', 'canceled', 8, '2024-02-02'), ('Graz', 'paid', 4, '2024-02-09'),
  ('Bonn', 'paid', 9, '2025-01-03'), ('Bonn', 'open', 2, '2025-03-01'), ('Graz', 'canceled', 7, '2025-03-02');
"""
SECRET = "status = 'paid'"
"""What only the teacher knows: orders count once they are paid."""
GOLD = {
    "Turnover by city": f"SELECT city, SUM(total) FROM orders WHERE {SECRET} GROUP BY city",
    "Turnover by year": f"SELECT strftime('%Y', placed), SUM(total) FROM orders WHERE {SECRET} GROUP BY 1",
    "Total turnover": f"SELECT SUM(total) FROM orders WHERE {SECRET}",
    "Largest order that counts": f"SELECT MAX(total) FROM orders WHERE {SECRET}",
    "Mean turnover of an order by city": f"SELECT city, AVG(total) FROM orders WHERE {SECRET} GROUP BY city",
    "Turnover in Lyon and Graz": f"SELECT SUM(total) FROM orders WHERE city IN ('Lyon', 'Graz') AND {SECRET}",
    "Number of orders that count": f"SELECT COUNT(*) FROM orders WHERE {SECRET}",
    "Number of cities": "SELECT COUNT(DISTINCT city) FROM orders",
    "Names of the cities in order": "SELECT DISTINCT city FROM orders ORDER BY city",
}
ALONE = {"Number of cities"}


class ModelServer(ThreadingHTTPServer):
    """Both roles: the teacher tells the secret in its second plan; the student knows it from plan, lesson and instructions."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        """What the teacher was asked, in order."""
        self.attempted: list[str] = []
        """What the student was asked."""
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # of a client that was killed
            super().handle()

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            self._send(200, "application/json", {"data": [{"id": "model", "max_model_len": 8192}]})
        else:
            self._send(404, "application/json", {"error": {"message": "not here"}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "messages" not in body:
            self._send(404, "application/json", {"error": {"message": "not here"}})
            return
        prompt = body["messages"][-1]["content"]
        self.server.requests += 1
        usage = {"prompt_tokens": 100, "completion_tokens": 20}
        if not body.get("stream"):
            self.server.asked.append(prompt)
            shape = body["response_format"]["json_schema"]["name"]
            rules = json.dumps({"rules": [f"Orders count only where {SECRET}."]})
            text = _plan(prompt) if shape == "plan" else rules
            message = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            self._send(200, "application/json", {"choices": [message], "usage": usage})
            return
        self.server.attempted.append(prompt)
        event = {
            "choices": [{"delta": {"content": _completion(prompt)}, "finish_reason": "stop"}],
            "usage": usage,
        }
        self._send(200, "text/event-stream", f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n")

    def _send(self, status: int, kind: str, value: Any) -> None:
        data = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _plan(prompt: str) -> str:
    told = "## Attempt" in prompt and "canceled" not in _question(prompt)
    code = f"FROM orders WHERE {SECRET}" if told else "FROM orders"
    step = {"purpose": "Choose the orders", "clause": "from", "code": code, "holes": []}
    return json.dumps({"steps": [step], "skeleton": code, "notes": []})


def _completion(prompt: str) -> str:
    question = _question(prompt)
    known = question in ALONE or SECRET in prompt
    return f"```sql\n{GOLD[question] if known else 'SELECT city FROM orders'}\n```"


def _question(prompt: str) -> str:
    """The one that is asked last: those of lessons stand above it."""
    return max(GOLD, key=prompt.rfind)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def project(tmp_path: Path, server: ModelServer) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "shop.db")) as connection:
        connection.executescript(SCHEMA)
    queries = "\n".join(f"-- {question}\n{gold};\n" for question, gold in GOLD.items())
    (folder / "queries.sql").write_text(queries)
    role = f'base_url = "{server.url}"\nmodel = "model"\n'
    (folder / "understudy.toml").write_text(
        f'[data]\ndatabase = "shop.db"\n[distill]\nin_flight = {IN_FLIGHT}\n[execution]\nneighbors = 0\n'
        f'[teacher]\n{role}prompt_price = 2\n[student]\n{role}template = "chat"\n'
    )
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGKILL")
@pytest.mark.timeout(7200)
def test_a_kill_at_any_write_loses_at_most_what_was_in_flight(
    project: Path, server: ModelServer, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(project, whole)
    points = _distill(whole)
    expected = _left_in(whole)
    asked_in_all = Counter(server.asked)
    attempted_in_all = set(server.attempted)
    assert set(asked_in_all.values()) == {1}
    assert len(server.attempted) == len(attempted_in_all), (
        "what is kept is not asked again within a run either"
    )
    assert expected["figures"]["admitted"] > 0
    assert expected["figures"]["teacher_calls"] == asked_in_all.total()

    for fatal in _chosen(points):
        broken = tmp_path / f"broken-{fatal}"
        shutil.copytree(project, broken)
        server.asked.clear()
        server.attempted.clear()
        assert _distill(broken, fatal) is None
        before, kept = list(server.asked), len(_answers(broken))
        server.asked.clear()
        _distill(broken, 0, "--resume")

        assert len(server.attempted) - len(set(server.attempted)) <= IN_FLIGHT, f"asked twice after {fatal}"
        assert set(server.attempted) == attempted_in_all, f"killed at {fatal}"
        again = Counter(before) & Counter(server.asked)
        assert again.total() <= len(before) - kept <= IN_FLIGHT, f"paid twice after a kill at {fatal}"
        assert set(Counter(before) | Counter(server.asked)) == set(asked_in_all), f"killed at {fatal}"
        assert _left_in(broken) == expected, f"killed at {fatal}"
        sent = [line for line in _ledger(broken) if line["event"] == "sent" and line["role"] == "teacher"]
        assert len(sent) >= len(before) + len(server.asked), "a request that left stands in no ledger"
        shutil.rmtree(broken)


def _chosen(points: int) -> list[int]:
    """The points to be killed at."""
    wish = os.environ.get("UNDERSTUDY_KILL_POINTS", "6")
    every = list(range(1, points + 1))
    return every if wish == "all" else sorted(random.Random(7).sample(every, min(int(wish), points)))


def _distill(project: Path, fatal: int = 0, *options: str) -> int | None:
    """How many points a whole run passes; None when it was killed at one."""
    count = project.parent / f"{project.name}.points"
    command = [sys.executable, str(DYING), str(fatal), str(count), "distill", "--json", *options]
    ran = subprocess.run(command, cwd=project, capture_output=True, timeout=300)
    if ran.returncode == -9:
        return None
    assert ran.returncode == 0, ran.stderr.decode()
    return count.stat().st_size


def _left_in(project: Path) -> dict[str, Any]:
    """What a run leaves, without times and names that no two runs share, and what the student took: what was under way may be repeated."""
    ((finished, figures),) = _ask(project, "SELECT finished IS NOT NULL, figures FROM runs")
    return {
        "finished": finished,
        "figures": _steady(json.loads(figures)) if figures else None,
        "cases": [
            _steady(json.loads(body)) for (body,) in _ask(project, "SELECT body FROM cases ORDER BY id")
        ],
        "general": _steady(json.loads(_ask(project, "SELECT body FROM general")[0][0])),
        "answers": len(_answers(project)),
        "sound": _ask(project, "PRAGMA integrity_check"),
    }


def _steady(value: Any) -> Any:
    own = {"seconds", "run_id", "created", "generation", "student_tokens", "wasted_tokens"}
    if isinstance(value, dict):
        return {name: _steady(inner) for name, inner in value.items() if name not in own}
    return [_steady(inner) for inner in value] if isinstance(value, list) else value


def _answers(project: Path) -> list[tuple[Any, ...]]:
    path = project / ".understudy" / "knowledge.db"
    if not path.exists():
        return []
    try:
        return _ask(project, "SELECT request_hash FROM answers")
    except sqlite3.OperationalError:  # killed before the tables were made
        return []


def _ledger(project: Path) -> list[dict[str, Any]]:
    lines = [
        line
        for path in (project / ".understudy" / "runs").glob("*.ledger.jsonl")
        for line in path.read_bytes().splitlines()
    ]
    return [json.loads(line) for line in lines if line.endswith(b"}")]


def _ask(project: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(project / ".understudy" / "knowledge.db")) as connection:
        return connection.execute(statement).fetchall()
