"""Programs that attack: each gets what it wants without the sandbox, and nothing with it."""

import os
import platform
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from attrs import evolve

from understudy_knowledge.execution import Executor, Inputs, Limits

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
ATTACKS: list[dict[str, Any]] = tomllib.loads((HERE / "python.toml").read_text(encoding="utf-8"))["attack"]
LIMITS = Limits(seconds=0.5, rows=1_000, memory=256 << 20)
PATIENT = evolve(LIMITS, seconds=30)
OUTSIDE_CHANNEL = 3


def possible(attack: dict[str, Any]) -> bool:
    """Whether this machine and user could do it at all."""
    return not (attack.get("x86") and platform.machine() != "x86_64") and not (
        attack.get("root") and os.geteuid() != 0
    )


cases = pytest.mark.parametrize(
    "attack", [pytest.param(each, id=each["name"].replace(" ", "_")) for each in ATTACKS if possible(each)]
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def executor() -> AsyncIterator[Executor]:
    async with Executor(workers=1) as executor:
        yield executor


@cases
def test_it_succeeds_without_the_sandbox(
    attack: dict[str, Any], stage: Any, naked: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    stage.set()
    patient = attack["kind"] == "time"
    request = {
        "code": stage.put(attack["code"], OUTSIDE_CHANNEL),
        "folder": str(stage.folder),
        "seconds": LIMITS.seconds + 0.3 if patient else 20,
    }
    answer = naked(request)
    if patient:
        assert answer["late"], answer
    elif attack["kind"] == "memory":
        assert answer["said"] == "done", answer
        assert answer["peak"] > LIMITS.memory, answer
    elif attack["kind"] == "forged":
        assert answer["bytes"] > 10, answer
    else:
        assert answer["said"] == "done", answer


@pytest.mark.asyncio(loop_scope="module")
@cases
async def test_it_fails_in_the_sandbox(attack: dict[str, Any], stage: Any, executor: Executor) -> None:
    stage.set()
    program = stage.put(attack["code"], 3)
    limits = PATIENT if attack["kind"] == "memory" else LIMITS
    outcome = await executor.run_python(program, Inputs(stage.folder, ("data.csv",)), limits)
    assert outcome.result is None or outcome.result.rows != (("done",),), outcome
    if attack["kind"] == "time":
        assert outcome.kind in {"timeout", "refused", "error", "memory"}, outcome
    elif attack["kind"] == "memory":
        assert outcome.kind == "memory", outcome
    elif attack["kind"] == "forged":
        assert outcome.kind in {"error", "unavailable"}, outcome
    assert stage.harm() == []
    later = await executor.run_python("1 + 1", Inputs(stage.folder, ("data.csv",)), LIMITS)
    assert later.result is not None, "a later job was harmed"
    assert later.result.rows == ((2,),)
