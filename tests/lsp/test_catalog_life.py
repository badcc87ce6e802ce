"""The catalog in a running server: a database that is slow or away delays nobody, and what changes is seen."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lsprotocol import types

if TYPE_CHECKING:
    from tests.conftest import PostgresServer
    from tests.lsp.conftest import Editor
else:
    Editor = PostgresServer = Any


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A workspace without a database."""
    (tmp_path / "schema.sql").write_text(
        "CREATE TABLE customers (customer_id INT, city TEXT);", encoding="utf-8"
    )
    return tmp_path


async def soon(asked: Callable[[], Awaitable[bool]]) -> None:
    """Waits until it is so; a test that waits in vain is ended by its time limit."""
    until = time.monotonic() + 30
    while not await asked():
        assert time.monotonic() < until, "it did not become so"
        await asyncio.sleep(0.1)


def changed(path: Path, kind: types.FileChangeType) -> types.DidChangeWatchedFilesParams:
    return types.DidChangeWatchedFilesParams([types.FileEvent(path.as_uri(), kind)])


async def test_files_are_served_while_a_database_says_nothing(
    editor: Editor, files: Path, silent_server: int
) -> None:
    settings = f'[data]\nurl = "postgresql://u@127.0.0.1:{silent_server}/shop"\nseconds = 2\n'
    (files / "understudy.toml").write_text(settings, encoding="utf-8")
    await editor.start(files)
    at = editor.open("q.sql", "SELECT | FROM customers")
    assert "city" in await editor.labels(at)
    assert not [said for said in editor.log if "did not answer" in said], "it is still waited for"

    async def given_up() -> bool:
        await editor.labels(at)
        return any("shop on 127.0.0.1" in said and "did not answer within 2 s" in said for said in editor.log)

    await soon(given_up)
    assert "city" in await editor.labels(at)


async def test_a_changed_ddl_file_is_seen(editor: Editor, files: Path) -> None:
    await editor.start(files)
    at = editor.open("q.sql", "SELECT | FROM customers")
    assert "phone" not in await editor.labels(at)
    path = files / "schema.sql"
    path.write_text("CREATE TABLE customers (customer_id INT, city TEXT, phone TEXT);", encoding="utf-8")
    editor.client.workspace_did_change_watched_files(changed(path, types.FileChangeType.Changed))

    async def seen() -> bool:
        return "phone" in await editor.labels(at)

    await soon(seen)


async def test_files_that_come_and_go_are_seen(editor: Editor, files: Path) -> None:
    await editor.start(files)
    at = editor.open("q.sql", "SELECT * FROM |")
    assert "orders" not in await editor.labels(at)
    path = files / "more.sql"
    path.write_text("CREATE TABLE orders (id INT);", encoding="utf-8")
    editor.client.workspace_did_change_watched_files(changed(path, types.FileChangeType.Created))

    async def has_orders() -> bool:
        return "orders" in await editor.labels(at)

    async def has_none() -> bool:
        return "orders" not in await editor.labels(at)

    await soon(has_orders)
    path.unlink()
    editor.client.workspace_did_change_watched_files(changed(path, types.FileChangeType.Deleted))
    await soon(has_none)


async def test_changed_settings_open_the_project_anew(editor: Editor, project: Path) -> None:
    path = project / "understudy.toml"
    with closing(sqlite3.connect(project / "other.db")) as connection:
        connection.execute("CREATE TABLE others (o INTEGER)")
        connection.commit()
    await editor.start(project)
    at = editor.open("q.sql", "SELECT * FROM |")
    assert "others" not in await editor.labels(at)
    path.write_text('[data]\ndatabase = "other.db"\n', encoding="utf-8")
    editor.client.workspace_did_change_watched_files(changed(path, types.FileChangeType.Changed))

    async def seen() -> bool:
        return "others" in await editor.labels(at)

    await soon(seen)
    assert "customers" not in await editor.labels(at)


async def test_a_changed_database_is_seen_without_being_told_and_diagnostics_follow(
    editor: Editor, project: Path
) -> None:
    await editor.start(project)
    at = editor.open("q.sql", "SELECT name, phone FROM customers|;")
    uri = at.text_document.uri

    async def complains() -> bool:
        return bool(editor.client.diagnostics.get(uri))

    await soon(complains)
    with closing(sqlite3.connect(project / "shop.db")) as connection:
        connection.execute("ALTER TABLE customers ADD COLUMN phone TEXT")
        connection.commit()

    async def is_content() -> bool:
        await editor.labels(at)  # someone is at work; an editor left alone looks at nothing
        return not editor.client.diagnostics.get(uri)

    await soon(is_content)


async def test_a_project_on_postgres_completes(
    editor: Editor, files: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.run("CREATE SCHEMA sales; CREATE TABLE sales.visits (at date, place text)", "lsp")
    secret = files / "pgpass"
    secret.write_text(f"*:*:*:*:{postgres.password}\n", encoding="utf-8")
    secret.chmod(0o600)
    settings = f'[data]\nurl = "{postgres.url("lsp", passfile=secret.as_posix())}"\n'
    (files / "understudy.toml").write_text(settings, encoding="utf-8")
    await editor.start(files)
    at = editor.open("q.sql", "SELECT v.| FROM sales.visits AS v")

    async def has_place() -> bool:
        return "place" in await editor.labels(at)

    await soon(has_place)
    remembered = (files / ".understudy" / "catalog.json").read_text(encoding="utf-8")
    assert "visits" in remembered
    assert postgres.password not in remembered
