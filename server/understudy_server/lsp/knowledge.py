"""understudy/knowledge and understudy/case: what was learned, for a view of it; and the commands that change a case."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_server.lsp.child import Child
from understudy_server.lsp.session import Session

if TYPE_CHECKING:
    from understudy_knowledge.memory.records import Case, Lift, NodeInstruction, Rule
    from understudy_knowledge.memory.store import KnowledgeStore
    from understudy_knowledge.memory.tree import Node

KNOWLEDGE = "understudy/knowledge"
CASE = "understudy/case"
EDIT = "understudy.edit"
VERIFY = "understudy.verify"
_ASIDE = ("quarantined", "stale", "refused")


async def knowledge(session: Session) -> dict[str, Any]:
    """`tree`, the languages with skills, topics and admitted cases below; `rules` of the general instructions; `aside`, the
    other cases by status. All of it is empty where nothing was learned, or nothing may be read."""
    store = await _store(session)
    return await asyncio.to_thread(_all, store) if store is not None else _all(None)


async def case(session: Session, identifier: object) -> dict[str, Any]:
    """One case: `text`, the whole of it for a person; `turns`, its trace in a few lines; the fields that can be edited. Else a `message`."""
    store = await _store(session)
    if store is None or not isinstance(identifier, str) or session.root is None:
        return {"message": "there is no such case; refresh the view."}
    folder = session.root / ".understudy"

    def read() -> dict[str, Any]:
        from understudy_server.cli.case_page import page, trace_of

        found = store.case(identifier)
        trace = trace_of(folder / "runs", found.example_id)
        turns = [] if trace is None else [f"without help: {trace.own.diagnosis or 'passed'}"]
        for number, turn in enumerate(trace.turns if trace else (), start=1):
            turns.append(f"turn {number}: {turn.attempt.diagnosis or 'passed'}")
        return {
            "text": page(found, trace, [rule for rule in store.rules() if found.id in rule.cases]),
            "turns": turns,
            "question": found.question,
            "explanation": found.explanation,
            "notes": list(found.plan.notes),
        }

    try:
        return await asyncio.to_thread(read)
    except KnowledgeStoreError as error:
        return {"message": str(error)}


async def edit(session: Session, fields: Mapping[str, object]) -> dict[str, Any]:
    """Change a case's question, explanation or notes; the others stay. `changed`, and a `message` where it was refused."""
    identifier = fields.get("id")
    texts = [(name, fields[name]) for name in ("question", "explanation") if name in fields]
    notes = fields.get("notes", [])
    if not isinstance(identifier, str) or not isinstance(notes, list):
        return {"changed": False, "message": "edit takes the id of a case and its new texts."}
    # An empty assignment says that there is to be no note.
    texts += [("notes", note) for note in (notes or [""] if "notes" in fields else [])]
    if not all(isinstance(text, str) for _, text in texts):
        return {"changed": False, "message": "the fields of a case are texts."}
    answer = await _run(session, "edit", identifier, *(f"--set={name}={text}" for name, text in texts))
    return {"changed": bool(answer.get("changed"))} | _message(answer)


async def verify(session: Session) -> dict[str, Any]:
    """Hold every case against schema, data and student of today, and measure what waits: `looked_at`, `measured`, `changed`."""
    answer = await _run(session, "verify")
    changed = answer.get("changed")
    return {
        "looked_at": answer.get("looked_at", 0),
        "measured": answer.get("measured", 0),
        "changed": changed if isinstance(changed, list) else [],
    } | _message(answer)


async def _run(session: Session, command: str, *arguments: str) -> dict[str, Any]:
    if session.root is None or not session.trusted:
        return {"message": "knowledge is changed in trusted folders only; open one, or trust this one."}
    # Imported here: sqlglot comes with it, and `initialize` is to be answered before.
    from understudy_server.config import hand_down

    child = await Child.start(
        "knowledge", command, *arguments, "--json", "--root", str(session.root),
        environment=hand_down(session.overrides),
    )  # fmt: skip
    answer = await child.answer()
    if child.process.returncode != 0 or not isinstance(answer, dict):
        return {"message": child.error or "it came to nothing."}
    return answer


def _message(answer: Mapping[str, Any]) -> dict[str, str]:
    return {"message": str(answer["message"])} if "message" in answer else {}


async def _store(session: Session) -> "KnowledgeStore | None":
    project = (await session.workshop()).project
    if not project.has_knowledge:
        return None
    return await asyncio.to_thread(lambda: project.knowledge)


def _all(store: "KnowledgeStore | None") -> dict[str, Any]:
    from understudy_knowledge.memory.tree import build

    cases = store.cases() if store is not None else ()
    told = {each.path: each for each in store.instructions()} if store is not None else {}
    rules = store.rules() if store is not None else ()
    tree = build(each for each in cases if each.status == "admitted")
    return {
        "tree": [_node(child, told) for child in tree.children],
        "rules": [_rule(rule) for rule in rules],
        "aside": {status: [_case(each) for each in cases if each.status == status] for status in _ASIDE},
    }


def _node(node: "Node", told: "Mapping[tuple[str, ...], NodeInstruction]") -> dict[str, Any]:
    said = told.get(node.path)
    return {
        "path": list(node.path),
        "lift": node.lift,
        "count": len(node.cases),
        "instruction": said.text if said is not None and said.status == "admitted" else "",
        "children": [_node(child, told) for child in node.children],
        "cases": [_case(each) for each in node.cases] if not node.children else [],
    }


def _case(each: "Case") -> dict[str, Any]:
    return {
        "id": each.id,
        "question": each.question,
        "status": each.status,
        "reason": each.reason,
        "lift": _lift(each.lift),
        "path": each.origin.path,
        "line": each.origin.line,
        "accepted": each.accepted,
    }


def _rule(rule: "Rule") -> dict[str, Any]:
    text = rule.text.lstrip("- ")
    return {
        "id": rule.id,
        "text": text,
        "status": rule.status,
        "reason": rule.reason,
        "lift": _lift(rule.lift),
    }


def _lift(lift: "Lift | None") -> dict[str, float] | None:
    if lift is None:
        return None
    return {"value": lift.value, "with_lesson": lift.with_lesson, "without": lift.without, "n": lift.n}
