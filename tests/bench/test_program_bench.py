"""The workbench of a Python question: run as a program, and told to the ledger like every other attempt."""

import json
import sqlite3
from pathlib import Path

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.execution import Limits
from understudy_knowledge.execution.inputs import Inputs
from understudy_knowledge.memory.records import Example, Origin
from understudy_knowledge.models.roles import Completion, StudentRequest
from understudy_knowledge.teaching.ledger import Ledger
from understudy_server.bench.teach.benches import ProgramBench
from understudy_server.bench.teach.steady_executor import SteadyExecutor


class Writing:
    """A student that writes one program, and keeps what it was asked."""

    name = "writing"

    def __init__(self, program: str) -> None:
        self.program = program
        self.asked: list[StudentRequest] = []

    async def complete(self, request: StudentRequest) -> Completion:
        self.asked.append(request)
        return Completion(self.program, self.name, prompt_tokens=5, completion_tokens=2)


async def test_an_attempt_at_a_program_is_a_line_of_the_ledger(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.sqlite") as connection:
        connection.execute("CREATE TABLE t (x)")
    example = Example(
        "a", "what is one and one", "answer = 1 + 1", Origin("a", 1), "python", language="python"
    )
    student = Writing("answer = 2")
    ledger = Ledger(tmp_path / "ledger.jsonl")
    async with SteadyExecutor(1) as executor:
        bench = ProgramBench(
            student, executor, Catalog(), Limits(seconds=20), ledger=ledger, setup="given = 1", inputs=Inputs(tmp_path, ("a.sqlite",))
        )  # type: ignore[arg-type]  # fmt: skip
        attempt = await bench.attempt(example)
    ledger.close()
    assert (attempt.passed, attempt.tokens) == (True, 7)
    assert (student.asked[0].language, student.asked[0].file_context) == ("python", "given = 1")
    lines = [
        json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [(line["event"], line.get("purpose"), line.get("example")) for line in lines[1:]] == [
        ("here", "alone", "a")
    ]
