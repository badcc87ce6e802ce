"""Silence has a reason, and who asked for a suggestion is told it; who only types is left in peace."""

import asyncio
from pathlib import Path
from typing import Any

from lsprotocol import types

NO_ANSWER = "-- Share of customers by weekday\n|"


def asked(at: types.TextDocumentPositionParams, kind: types.InlineCompletionTriggerKind) -> Any:
    return types.InlineCompletionParams(
        context=types.InlineCompletionContext(kind), text_document=at.text_document, position=at.position
    )


async def test_who_asks_and_gets_nothing_is_told_why(editor: Any, project: Path) -> None:
    reasons: list[str] = []

    @editor.client.feature("understudy/unsaid")
    def _hear(unsaid: Any) -> None:
        reasons.append(unsaid.reason)

    async def ask(at: Any, kind: types.InlineCompletionTriggerKind) -> None:
        found = await editor.client.text_document_inline_completion_async(asked(at, kind))
        assert not found or not found.items
        await asyncio.sleep(0.1)

    await editor.start(project)
    at = editor.open("q.sql", NO_ANSWER)
    await ask(at, types.InlineCompletionTriggerKind.Automatic)
    assert reasons == []
    for _ in range(2):  # also where it is remembered that there is nothing
        await ask(at, types.InlineCompletionTriggerKind.Invoked)
    assert len(reasons) == 2
    assert set(reasons) == {reasons[0]}
    assert "says nothing of" in reasons[0]

    await ask(editor.open("empty.sql", "\n|"), types.InlineCompletionTriggerKind.Invoked)
    assert "neither SQL nor a question" in reasons[-1]
