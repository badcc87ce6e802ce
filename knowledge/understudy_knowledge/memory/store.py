"""The knowledge store: the system of record, one SQLite file. Everything else that is kept on disk is derived from it.

Each public write is one transaction, so a killed process leaves the store as it was before or after, never between.
Any thread may use a store; a lock lets one in at a time. Several processes may: a writer waits two seconds for another.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from sqlite3 import Connection

from attrs import evolve, frozen

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.memory.answer_store import AnswerStore
from understudy_knowledge.memory.instruction_store import InstructionStore
from understudy_knowledge.memory.records import Case, CaseStatus
from understudy_knowledge.memory.repair_store import RepairStore
from understudy_knowledge.memory.store_file import CONVERTER, advance, now

_PUT_CASE = """
INSERT INTO cases (id, example_id, status, masked_question, skeleton, tables, body) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET example_id = excluded.example_id, status = excluded.status,
  masked_question = excluded.masked_question, skeleton = excluded.skeleton, tables = excluded.tables, body = excluded.body
"""

# No text is greater than a blob; a condition with OR would read on to the last row.
_ENTRIES = """
SELECT id, example_id, masked_question, skeleton, tables,
  CASE WHEN json_valid(body) THEN json_extract(body, '$.lineage.columns', '$.lift') END
FROM cases WHERE status = 'admitted' AND id > :above AND id <= coalesce(:upto, x'') ORDER BY id LIMIT :batch
"""
_ENTRY_TEXTS = """
SELECT CAST(group_concat(text, '') AS BLOB) FROM (
  SELECT id || char(31) || example_id || char(31) || masked_question || char(31) || skeleton || char(31) || tables || char(30)
    AS text
  FROM cases WHERE status = 'admitted' AND id > :above AND id <= coalesce(:upto, x'') ORDER BY id)
"""
_BATCH = 1_000


@frozen
class Entry:
    """What retrieval indexes of one admitted case, read without building the whole record."""

    case_id: str
    example_id: str
    masked_question: str
    skeleton: str
    tables: tuple[str, ...]
    columns: tuple[str, ...] = ()
    """As `table.column`."""
    lift: float = 0.0

    @property
    def text(self) -> bytes:
        """What `KnowledgeStore.entry_texts` has of it."""
        parts = (self.case_id, self.example_id, self.masked_question, self.skeleton, json.dumps(self.tables))
        return ("\x1f".join(parts) + "\x1e").encode("utf-8", "surrogatepass")


class KnowledgeStore(AnswerStore, InstructionStore, RepairStore):
    """Cases, general instructions, repairs, paid answers, runs and acceptances. Use `open`; raises KnowledgeStoreError throughout."""

    # Cases

    def put_case(self, case: Case) -> None:
        """Keep a case; one of the same id is replaced."""
        self.put_cases((case,))

    def put_cases(self, cases: Iterable[Case]) -> None:
        """Keep several cases, all or none."""
        rows = [_row(case) for case in cases]
        if rows:
            with self._database.writing() as connection:
                connection.executemany(_PUT_CASE, rows)
                advance(connection)

    def put_learned(self, cases: Iterable[Case]) -> None:
        """Keep what an exploration made, but no case of a forgotten example: it may have been forgotten meanwhile."""
        rows = {case.example_id: _row(case) for case in cases}
        if rows:
            with self._database.writing() as connection:
                for (example_id,) in connection.execute("SELECT example_id FROM forgotten").fetchall():
                    rows.pop(example_id, None)
                connection.executemany(_PUT_CASE, rows.values())
                advance(connection)

    def cases(self, status: CaseStatus | None = None) -> tuple[Case, ...]:
        """All cases, or those of one status, in order of their ids."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT body FROM cases WHERE ? IS NULL OR status = ? ORDER BY id", (status, status)
            ).fetchall()
        return tuple(self._case_from(body) for (body,) in rows)

    def case(self, id: str) -> Case:  # noqa: A002 - the records' own word
        """The case of that id, or the only one whose id starts so."""
        with self._database.reading() as connection:
            return self._find(connection, id)

    def cases_starting(self, prefix: str) -> tuple[str, ...]:
        """The ids of the first few cases whose ids start so."""
        with self._database.reading() as connection:
            return tuple(case_id for case_id, _ in _starting(connection, prefix))

    def forget(self, id: str) -> Case:  # noqa: A002
        """Delete a case, found as `case` finds it, and give it back; its example is remembered as forgotten."""
        with self._database.writing() as connection:
            found = self._find(connection, id)
            connection.execute("DELETE FROM cases WHERE id = ?", (found.id,))
            connection.execute("INSERT OR REPLACE INTO forgotten VALUES (?, ?)", (found.example_id, now()))
            connection.execute("DELETE FROM repairs WHERE example_id = ?", (found.example_id,))
            for node in self._instructions(connection):
                if found.id in node.cases:
                    connection.execute("DELETE FROM instructions WHERE path = ?", ("/".join(node.path),))
            advance(connection)
        return found

    def forgotten(self) -> frozenset[str]:
        """Ids of the examples whose cases were forgotten: no exploration makes cases of them again."""
        with self._database.reading() as connection:
            return frozenset(row[0] for row in connection.execute("SELECT example_id FROM forgotten"))

    def set_status(self, id: str, status: CaseStatus, reason: str) -> Case:  # noqa: A002
        """Change a case's status and say why; returns the case as it now is."""
        with self._database.writing() as connection:
            changed = evolve(self._find(connection, id), status=status, reason=reason)
            connection.execute(_PUT_CASE, _row(changed))
            advance(connection)
        return changed

    def change(self, id: str, changed: Callable[[Case], Case]) -> Case:  # noqa: A002
        """Put what `changed` makes of a case, found as `case` finds it, in its place; nothing comes between. Returns it."""
        with self._database.writing() as connection:
            new = changed(self._find(connection, id))
            connection.execute(_PUT_CASE, _row(new))
            advance(connection)
        return new

    def change_cases(self, ids: Iterable[str], changed: Callable[[Case], Case]) -> int:
        """Put what `changed` makes of each of these cases in its place, all or none; returns how many are others now.

        One that was forgotten meanwhile is passed over.
        """
        with self._database.writing() as connection:
            new = []
            for case_id in ids:
                row = connection.execute("SELECT body FROM cases WHERE id = ?", (case_id,)).fetchone()
                if row is not None and (made := changed(before := self._case_from(row[0]))) != before:
                    new.append(_row(made))
            if new:
                connection.executemany(_PUT_CASE, new)
                advance(connection)
        return len(new)

    def cases_from(self, path: str) -> tuple[Case, ...]:
        """The cases whose example stands in that file, relative to the workspace with forward slashes, by line."""
        with self._database.reading() as connection:
            # The text search only narrows: bodies are not parsed for a question that few of them answer.
            rows = connection.execute(
                "SELECT body FROM cases WHERE instr(body, ?)", (json.dumps(path),)
            ).fetchall()
        found = (self._case_from(body) for (body,) in rows)
        return tuple(
            sorted((case for case in found if case.origin.path == path), key=lambda case: case.origin.line)
        )

    def entries(self, above: str = "", upto: str | None = None) -> Iterator[Entry]:
        """What retrieval indexes: the admitted cases, in order of their ids. What is written meanwhile may be among them.

        Only those whose ids are greater than `above` and, if it is given, at most `upto`.
        """
        while True:
            bounds = {"above": above, "upto": upto, "batch": _BATCH}
            with self._database.reading() as connection:
                rows = connection.execute(_ENTRIES, bounds).fetchall()
            for *texts, tables, more in rows:
                case_id, example_id, question, skeleton = self._texts(*texts)
                columns, lift = self._json(more) if more else ((), None)
                yield Entry(
                    case_id,
                    example_id,
                    question,
                    skeleton,
                    self._load(tables, tuple[str, ...], "case"),
                    tuple(columns or ()),
                    lift["with_lesson"] - lift["without"] if lift else 0.0,
                )
            if len(rows) < _BATCH:
                return
            above = rows[-1][0]

    def entry_texts(self, above: str = "", upto: str | None = None) -> bytes:
        """The texts of what `entries` gives between these ids, one after another: to see at little cost whether any changed.

        SQLite joins them, so that other threads go on meanwhile.
        """
        with self._database.reading() as connection:
            (texts,) = connection.execute(_ENTRY_TEXTS, {"above": above, "upto": upto}).fetchone()
        return texts or b""

    def accepted(self) -> dict[str, int]:
        """How often suggestions made with each case were accepted; those without any are left out."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT value, COUNT(*) FROM acceptances, json_each(cases) WHERE json_valid(cases) GROUP BY value"
            ).fetchall()
        return {str(case_id): int(count) for case_id, count in rows}

    def record_acceptance(self, suggestion: str, cases: Sequence[str], text_hash: str, at: str) -> None:
        """Note that a suggestion made with these cases was accepted; a suggestion counts once, forgotten cases not at all.

        The generation stays: what retrieval finds does not depend on acceptances.
        """
        with self._database.writing() as connection:
            added = connection.execute(
                "INSERT OR IGNORE INTO acceptances (suggestion, cases, text_hash, accepted) VALUES (?, ?, ?, ?)",
                (suggestion, json.dumps(list(cases)), text_hash, at),
            )
            for case_id in dict.fromkeys(cases) if added.rowcount else ():
                row = connection.execute("SELECT body FROM cases WHERE id = ?", (case_id,)).fetchone()
                if row is not None:
                    case = self._case_from(row[0])
                    connection.execute(_PUT_CASE, _row(evolve(case, accepted=case.accepted + 1)))

    # Reading rows

    def _find(self, connection: Connection, prefix: str) -> Case:
        rows = _starting(connection, prefix)
        if not rows or not prefix:
            raise KnowledgeStoreError(
                f"{self.path} holds no case {prefix!r}; `understudy knowledge list` shows them"
            )
        if len(rows) > 1 and rows[0][0] != prefix:
            some = ", ".join(case_id for case_id, _ in rows[:5]) + (", …" if len(rows) > 5 else "")
            raise KnowledgeStoreError(
                f"{prefix!r} is the beginning of several cases ({some}); give more of the id"
            )
        return self._case_from(rows[0][1])

    def _case_from(self, body: str) -> Case:
        return self._load(body, Case)


def _starting(connection: Connection, prefix: str) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT id, body FROM cases WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 6",
        (prefix, prefix + "\U0010ffff"),
    ).fetchall()


def _row(case: Case) -> tuple[str, ...]:
    tables = json.dumps(case.lineage.tables)
    # SQLite holds no lone surrogates, which a file in another encoding may bring; the JSON escapes them.
    texts = (text.encode("utf-8", "replace").decode() for text in (case.masked_question, case.skeleton))
    columns = (case.id, case.example_id, case.status, *texts, tables)
    return (*columns, CONVERTER.dumps(case))
