"""The knowledge store: the system of record, one SQLite file. Everything else that is kept on disk is derived from it.

Each public write is one transaction, so a killed process leaves the store as it was before or after, never between.
Any thread may use a store; a lock lets one in at a time. Several processes may: a writer waits two seconds for another.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from sqlite3 import Connection, DatabaseError
from types import TracebackType
from typing import Any, TypeVar

from attrs import evolve, frozen
from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.memory.database import Database, damaged, open_database
from understudy_knowledge.memory.records import Case, CaseStatus, GeneralInstructions

_CONVERTER = make_converter()
_Record = TypeVar("_Record")

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


@frozen
class Answer:
    """A model's answer that was paid for; `response` is JSON as its keeper gave it, `created` UTC in ISO 8601."""

    role: str
    model: str
    response: Any
    created: str


@frozen
class Run:
    """One exploration. `finished` and `figures` are None while it runs, and stay so when it was killed."""

    id: str
    started: str
    finished: str | None
    settings: Mapping[str, Any]
    figures: Mapping[str, Any] | None


class KnowledgeStore:
    """Cases, general instructions, paid answers, runs and acceptances. Use `open`; raises KnowledgeStoreError throughout."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> "KnowledgeStore":
        """The store in that file; the file and its folder are made unless `read_only`, and an older schema is migrated."""
        return cls(open_database(path, read_only=read_only))

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    @property
    def generation(self) -> int:
        """Grows with each committed change of cases or general instructions, whichever process made it."""
        with self._database.reading() as connection:
            return _generation(connection)

    def check(self, seconds: float) -> None:
        """Look the whole file over for damage, for that long at most. Raises KnowledgeStoreError where there is some."""
        self._database.check(seconds)
        self.generation  # noqa: B018 - a file whose pages are sound may lack what we wrote

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
                _advance(connection)

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

    def forget(self, id: str) -> Case:  # noqa: A002
        """Delete a case, found as `case` finds it, and give it back; its example is remembered as forgotten."""
        with self._database.writing() as connection:
            found = self._find(connection, id)
            connection.execute("DELETE FROM cases WHERE id = ?", (found.id,))
            connection.execute("INSERT OR REPLACE INTO forgotten VALUES (?, ?)", (found.example_id, _now()))
            _advance(connection)
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
            _advance(connection)
        return changed

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

    # General instructions

    def put_general(self, general: GeneralInstructions) -> GeneralInstructions:
        """Keep the general instructions in place of the former; returns them with the generation they were kept at."""
        with self._database.writing() as connection:
            kept = evolve(general, generation=_advance(connection))
            connection.execute(
                "INSERT INTO general (only, body) VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET body = excluded.body",
                (_CONVERTER.dumps(kept),),
            )
        return kept

    def general(self) -> GeneralInstructions:
        """The general instructions, empty when none were kept."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT body FROM general").fetchone()
        return self._load(row[0], GeneralInstructions) if row else GeneralInstructions()

    # Paid answers and runs

    def find_answer(self, request_hash: str) -> Answer | None:
        """The answer kept for that request."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT role, model, response, created FROM answers WHERE request_hash = ?", (request_hash,)
            ).fetchone()
        if row is None:
            return None
        role, model, created = self._texts(row[0], row[1], row[3])
        return Answer(role, model, self._json(row[2]), created)

    def keep_answer(self, request_hash: str, *, role: str, model: str, response: Any) -> None:
        """Keep an answer; `response` is anything JSON can hold. It takes the place of one to the same request."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO answers (request_hash, role, model, response, created) VALUES (?, ?, ?, ?, ?)",
                (request_hash, role, model, json.dumps(response), _now()),
            )

    def answers_since(self, role: str, moment: str) -> Iterator[Answer]:
        """The answers of a role that were kept at this moment, ISO 8601 in UTC, or later."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT role, model, response, created FROM answers WHERE role = ? AND created >= ? ORDER BY created",
                (role, moment),
            ).fetchall()
        for of_role, model, response, created in rows:
            yield Answer(of_role, model, self._json(response), created)

    def start_run(self, id: str, settings: Mapping[str, Any]) -> None:  # noqa: A002
        """Note that an exploration begins; a run of that id that was cut off begins anew."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO runs (id, started, settings) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " started = excluded.started, settings = excluded.settings, finished = NULL, figures = NULL",
                (id, _now(), json.dumps(dict(settings))),
            )

    def finish_run(self, id: str, figures: Mapping[str, Any]) -> None:  # noqa: A002
        """Note that an exploration is over, and its figures."""
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE runs SET finished = ?, figures = ? WHERE id = ?",
                (_now(), json.dumps(dict(figures)), id),
            )
            if not changed.rowcount:
                raise KnowledgeStoreError(f"{self.path} knows no run {id}")

    def last_run(self, *, finished: bool = False) -> Run | None:
        """The run that was begun last, finished or not; with `finished`, the last one that has figures."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT id, started, finished, settings, figures FROM runs WHERE NOT ? OR figures IS NOT NULL"
                " ORDER BY started DESC, number DESC LIMIT 1",
                (finished,),
            ).fetchone()
        if row is None:
            return None
        *texts, ended, settings, figures = row
        run_id, started = self._texts(*texts)
        return Run(
            run_id,
            started,
            ended,
            self._json(settings),
            self._json(figures) if figures is not None else None,
        )

    # Opening and closing

    def close(self) -> None:
        """Close the file; the store is not used afterwards."""
        self._database.close()

    def __enter__(self) -> "KnowledgeStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Reading rows

    def _find(self, connection: Connection, prefix: str) -> Case:
        rows = connection.execute(
            "SELECT id, body FROM cases WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 6",
            (prefix, prefix + "\U0010ffff"),
        ).fetchall()
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

    def _load(self, body: str, record: type[_Record], name: str = "") -> _Record:
        try:
            return _CONVERTER.loads(body, record)
        except (BaseValidationError, ValueError, TypeError, KeyError, RecursionError) as error:
            what = f"a {name or record.__name__} cannot be read"
            raise KnowledgeStoreError(damaged(self.path, what)) from error

    def _json(self, text: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise KnowledgeStoreError(damaged(self.path, "an answer or run cannot be read")) from error

    def _texts(self, *values: object) -> tuple[str, ...]:
        # A zeroed page gives NULL even where the schema forbids it.
        texts = tuple(value for value in values if isinstance(value, str))
        if len(texts) < len(values):
            raise KnowledgeStoreError(damaged(self.path, "a row lacks its text"))
        return texts


def _row(case: Case) -> tuple[str, ...]:
    tables = json.dumps(case.lineage.tables)
    # SQLite holds no lone surrogates, which a file in another encoding may bring; the JSON escapes them.
    texts = (text.encode("utf-8", "replace").decode() for text in (case.masked_question, case.skeleton))
    columns = (case.id, case.example_id, case.status, *texts, tables)
    return (*columns, _CONVERTER.dumps(case))


def _generation(connection: Connection) -> int:
    row = connection.execute("SELECT generation FROM state").fetchone()
    if row is None or not isinstance(row[0], int):
        raise DatabaseError("the generation is corrupt")
    return row[0]


def _advance(connection: Connection) -> int:
    connection.execute("UPDATE state SET generation = generation + 1")
    return _generation(connection)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")
