"""A workspace: what is opened, what is left alone, and what is said when a part of it is broken."""

from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.errors import ConfigurationError, DataSourceError, KnowledgeStoreError
from understudy_knowledge.execution import Executor
from understudy_knowledge.models.embedded import EmbeddedStudent, EmbeddedTeacher
from understudy_knowledge.models.vllm import VllmStudent, VllmTeacher
from understudy_server.config import hand_down
from understudy_server.project import Project

EXAMPLES = Path(__file__).parents[1] / "examples"
SERVED = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}


def test_the_example_project_opens_and_writes_nothing() -> None:
    before = sorted(path.name for path in EXAMPLES.iterdir())
    project = Project.open(EXAMPLES, strict=True)
    assert project.source is not None
    assert project.source.path == (EXAMPLES / "roastery.db").resolve()
    assert len(project.catalog.tables) >= 8
    assert (project.generation(), project.retriever(), project.shared_text().general.text) == (0, None, "")
    assert project.notes == []
    project.close()
    assert sorted(path.name for path in EXAMPLES.iterdir()) == before


def test_roles_are_embedded_unless_a_server_is_named(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    assert isinstance(project.build_student(), EmbeddedStudent)
    assert isinstance(project.build_teacher(), EmbeddedTeacher)
    served = Project.open(tmp_path, {"student": SERVED, "teacher": SERVED})
    assert isinstance(served.build_student(), VllmStudent)
    assert isinstance(served.build_teacher(), VllmTeacher)
    mixed = Project.open(tmp_path, {"teacher": SERVED})
    assert isinstance(mixed.build_student(), EmbeddedStudent)


def test_an_untrusted_project_contacts_nobody_and_opens_nothing() -> None:
    project = Project.open(EXAMPLES, {"student": SERVED, "teacher": SERVED}, trusted=False)
    assert isinstance(project.build_student(), EmbeddedStudent)
    assert isinstance(project.build_teacher(), EmbeddedTeacher)
    assert project.source is None
    assert project.probe(Executor()) is None
    assert project.knowledge is None
    assert len(project.catalog.tables) >= 8, "its DDL is text and may be read"


def test_a_server_setting_that_makes_no_sense_names_the_role(tmp_path: Path) -> None:
    project = Project.open(tmp_path, {"teacher": {"base_url": "http://user:secret@host/v1"}})
    with pytest.raises(ConfigurationError, match=r"teacher: base_url holds a user name") as caught:
        project.build_teacher()
    assert "secret@" not in str(caught.value)


def test_broken_parts_become_notes_or_when_strict_errors(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_bytes(b"not a database" * 100)
    (tmp_path / ".understudy").mkdir()
    (tmp_path / ".understudy" / "knowledge.db").write_bytes(b"not a database" * 100)
    settings = {"data": {"database": "shop.db"}}
    project = Project.open(tmp_path, settings)
    assert project.source is None
    assert project.catalog.tables == ()
    assert project.generation() == 0
    assert project.retriever() is None
    assert len(project.notes) == 2
    strict = Project.open(tmp_path, settings, strict=True)
    with pytest.raises(DataSourceError, match=r"shop\.db"):
        _ = strict.source
    with pytest.raises(KnowledgeStoreError, match=r"knowledge\.db"):
        _ = strict.knowledge


def test_broken_settings_become_a_note_or_when_strict_an_error(tmp_path: Path) -> None:
    (tmp_path / "understudy.toml").write_text("[studnet]\n", encoding="utf-8")
    assert "did you mean student?" in Project.open(tmp_path).notes[0]
    with pytest.raises(ConfigurationError, match=r"understudy\.toml:1"):
        Project.open(tmp_path, strict=True)


def test_a_command_of_ours_sees_the_editors_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in hand_down({"distill": {"turns": 7}}).items():
        monkeypatch.setenv(name, value)
    assert Project.open(tmp_path).settings.distill.turns == 7
    assert Project.open(tmp_path, {}).settings.distill.turns == 3


async def test_the_probe_runs_on_the_projects_database() -> None:
    project = Project.open(EXAMPLES, strict=True)
    async with Executor(workers=1) as executor:
        probe = project.probe(executor)
        assert probe is not None
        assert (await probe.run("SELECT 1 AS one")).rows == ((1,),)
        assert (await probe.run("DELETE FROM products")).rows is None


def test_the_connection_says_its_dialect_and_a_setting_says_otherwise(tmp_path: Path) -> None:
    url = {"data": {"url": "postgresql://db.example/shop"}}
    server = Project.open(tmp_path, url)
    assert (server.connection_dialect, server.dialect) == ("postgres", "postgres")
    assert server.source is not None
    assert (server.source.dialect, server.source.address) == ("postgres", "postgresql://db.example/shop")
    assert server.probe(Executor()) is None, "a server is not asked at every pause of someone who types"
    redshift = Project.open(tmp_path, {**url, "dialect": "redshift"})
    assert (redshift.connection_dialect, redshift.dialect) == ("postgres", "redshift")
    file = Project.open(tmp_path, {"data": {"database": "not there yet.duckdb"}})
    assert (file.connection_dialect, file.source) == ("duckdb", None)
    assert (Project.open(tmp_path).connection_dialect, Project.open(tmp_path).dialect) == ("", "sqlite")


def test_an_untrusted_project_asks_no_server_and_believes_no_memory_of_one(tmp_path: Path) -> None:
    project = Project.open(tmp_path, {"data": {"url": "postgresql://127.0.0.1:9/shop"}}, trusted=False)
    project.folder.mkdir()
    project.catalog_path.write_text("{}", encoding="utf-8")
    assert (project.database, project.connection_dialect) == (None, "")
    assert project.catalog.tables == ()
    assert project.notes == []


def test_what_a_server_said_is_remembered_in_a_folder_that_git_ignores(
    tmp_path: Path, postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", postgres.password)
    postgres.run("CREATE TABLE IF NOT EXISTS remembered (id int)", "project")
    settings = {"data": {"url": postgres.url("project"), "password_env": "SHOP_PASSWORD", "seconds": 5}}
    project = Project.open(tmp_path, settings)
    assert project.catalog.complete
    assert not project.folder.exists(), "looking writes nothing"
    project.remember_catalog()
    assert (project.folder / ".gitignore").read_text(encoding="utf-8") == "*\n"
    monkeypatch.delenv("SHOP_PASSWORD")
    offline = Project.open(tmp_path, settings)
    table = offline.catalog.table("remembered")
    assert table is not None
    assert "as it was on" in table.source
    assert "SHOP_PASSWORD is not set" in offline.notes[0]
    with pytest.raises(DataSourceError, match="SHOP_PASSWORD is not set"):
        _ = Project.open(tmp_path, settings, strict=True).catalog


def test_the_ddl_says_the_dialect_as_long_as_it_says_it(tmp_path: Path) -> None:
    schema = tmp_path / "schema.sql"
    schema.write_text("CREATE TABLE t (id bigserial, meta jsonb);", "utf-8")
    project = Project.open(tmp_path)
    assert project.dialect_hints.schema == ""
    assert project.catalog.written_in == "postgres"
    assert project.dialect_hints.schema == "postgres"
    schema.write_text("CREATE TABLE `t` (`id` int unsigned) ENGINE=InnoDB;", "utf-8")
    project.keeper.refresh_files()
    assert project.dialect_hints.schema == "mysql"
