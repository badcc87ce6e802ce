"""Paid answers and runs: what makes an exploration resumable without paying for anything twice."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.memory.store_file import StoreFile, now


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


class AnswerStore(StoreFile):
    """The store's answers and runs."""

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
                (request_hash, role, model, json.dumps(response), now()),
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
                (id, now(), json.dumps(dict(settings))),
            )

    def finish_run(self, id: str, figures: Mapping[str, Any]) -> None:  # noqa: A002
        """Note that an exploration is over, and its figures."""
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE runs SET finished = ?, figures = ? WHERE id = ?",
                (now(), json.dumps(dict(figures)), id),
            )
            if not changed.rowcount:
                raise KnowledgeStoreError(f"{self.path} knows no run {id}")

    def runs(self) -> tuple[Run, ...]:
        """All of them without their settings and figures, the one that was begun last first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, started, finished FROM runs ORDER BY started DESC, number DESC"
            ).fetchall()
        found = []
        for *texts, finished in rows:
            run_id, started = self._texts(*texts)
            found.append(Run(run_id, started, finished, {}, None))
        return tuple(found)

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
