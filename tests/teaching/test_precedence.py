"""Whoever types goes first, for a while; and nobody writes anything where nobody explores."""

import asyncio
from pathlib import Path

import pytest

from understudy_knowledge.teaching import precedence
from understudy_knowledge.teaching.endurance import Endurance
from understudy_knowledge.teaching.precedence import Precedence


async def test_a_request_of_a_run_waits_while_somebody_types_and_goes_on_soon_after(tmp_path: Path) -> None:
    typist, run = Precedence(tmp_path / "typing"), Precedence(tmp_path / "typing")
    asked = asyncio.Event()

    async def ask() -> None:
        asked.set()

    with run.observed():
        typist.claim()
        await asyncio.sleep(0.2)
        request = asyncio.ensure_future(Endurance(give_way=run.give).outlast(ask))
        await asyncio.sleep(0.3)
        assert not asked.is_set()
        await asyncio.wait_for(request, 10)
        assert asked.is_set()
    assert list(tmp_path.iterdir()) == []


async def test_a_run_waits_for_nobody_before_somebody_types(tmp_path: Path) -> None:
    run = Precedence(tmp_path / "typing")
    with run.observed():
        await asyncio.wait_for(run.give(), 0.5)


async def test_somebody_who_types_on_and_on_does_not_end_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precedence, "_MOST", 0.5)
    monkeypatch.setattr(precedence, "_BETWEEN_SIGNS", 0.0)
    typist, run = Precedence(tmp_path / "typing"), Precedence(tmp_path / "typing")

    async def type_on() -> None:
        while True:
            typist.claim()
            await asyncio.sleep(0.05)

    with run.observed():
        typing = asyncio.ensure_future(type_on())
        await asyncio.sleep(0.2)
        await asyncio.wait_for(run.give(), 10)
        typing.cancel()


async def test_where_nobody_explores_nothing_is_written(tmp_path: Path) -> None:
    typist = Precedence(tmp_path / "typing")
    typist.claim()
    await asyncio.sleep(0.2)
    assert list(tmp_path.iterdir()) == []
    await asyncio.wait_for(typist.give(), 0.5)


async def test_a_folder_that_cannot_be_written_ends_no_run(tmp_path: Path) -> None:
    with Precedence(tmp_path / "missing" / "typing").observed():
        pass
