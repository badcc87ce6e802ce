"""A project on DuckDB or PostgreSQL: what the commands know of it, and what is taught on it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import PostgresServer
else:
    Run = PostgresServer = Any


@pytest.fixture
def duck(project: Path) -> Path:
    """The project with its data in DuckDB instead."""
    duckdb = pytest.importorskip("duckdb", reason="pip install 'understudy[duckdb]'")
    (project / "shop.db").unlink()
    with duckdb.connect(str(project / "shop.db")) as connection:
        connection.execute("CREATE SCHEMA sales; CREATE TABLE sales.visits (place VARCHAR, day DATE)")
        connection.execute("INSERT INTO sales.visits VALUES ('Graz', DATE '2024-01-05')")
    return project


def on_server(project: Path, url: str, password_env: str = "SHOP_PASSWORD") -> None:
    """The project with its data on that server instead."""
    settings = f'[data]\nurl = "{url}"\npassword_env = "{password_env}"\n'
    (project / "understudy.toml").write_text(settings, encoding="utf-8")


def findings(understudy: Run, **environment: str) -> dict[str, dict[str, str]]:
    return {each["name"]: each for each in understudy("doctor", "--json", **environment).json["findings"]}


def test_a_duckdb_project_is_told_by_its_file_and_knows_its_tables(duck: Path, understudy: Run) -> None:
    (duck / "q.sql").write_text("SELECT v.place FROM sales.visits AS v\n", encoding="utf-8")
    found = understudy("context", "q.sql:1:10", "--json").json
    assert (found["dialect"], found["dialect_source"]) == ("duckdb", "connection")
    assert [(each["name"], each["columns"]) for each in found["relations"]] == [("v", ["place", "day"])]
    assert understudy("complete", "q.sql:1:10").status == 0


def test_the_doctor_finds_duckdb_as_good_as_any(duck: Path, understudy: Run) -> None:
    found = findings(understudy)
    assert found["database"]["state"] == found["execution"]["state"] == "ok"
    assert found["database"]["message"].endswith("1 tables and views, 1 rows")


def test_what_is_taught_on_duckdb_is_proved_there(project: Path, understudy: Run, schema: str) -> None:
    duckdb = pytest.importorskip("duckdb", reason="pip install 'understudy[duckdb]'")
    (project / "shop.db").unlink()
    with duckdb.connect(str(project / "shop.db")) as connection:
        connection.execute(schema)
    shows_that_it_learns(project, understudy)


def test_what_is_taught_on_postgres_is_proved_there_by_a_role_that_only_reads(
    project: Path, understudy: Run, postgres: PostgresServer, schema: str
) -> None:
    postgres.run(
        f"{schema} CREATE ROLE analyst LOGIN PASSWORD 'only-for-this'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO analyst",
        "taught",
    )
    url = postgres.url("taught").replace("understudy@", "analyst@")
    (project / "shop.db").unlink()
    on_server(project, url)
    shows_that_it_learns(project, understudy, SHOP_PASSWORD="only-for-this")
    kept = [path for path in (project / ".understudy").rglob("*") if path.is_file()]
    assert [path for path in kept if b"only-for-this" in path.read_bytes()] == []


def test_nothing_is_run_on_postgres_by_a_superuser(
    project: Path, understudy: Run, postgres: PostgresServer
) -> None:
    postgres.run("CREATE TABLE IF NOT EXISTS orders (status text)", "owned")
    on_server(project, postgres.url("owned"))
    ran = understudy("distill", SHOP_PASSWORD=postgres.password)
    assert ran.status == 2
    assert "name a role that may only SELECT" in ran.sentence


def shows_that_it_learns(project: Path, understudy: Run, **environment: str) -> None:
    """Teaches from the project's queries; what is admitted is shown with what it was proved by."""
    ran = understudy("distill", "--json", **environment)
    assert ran.status == 0, ran.stderr
    figures = ran.json
    assert (figures["examples"]["found"], figures["examples"]["unusable"]) == (8, [])
    assert sum(figures["solved_by_turn"]["turns"]) > 0
    assert figures["admitted"] > 0
    checked = understudy("knowledge", "verify", "--json", **environment)
    assert (checked.status, checked.json["changed"]) == (0, [])


def test_a_postgres_project_takes_its_password_from_the_variable(
    project: Path, understudy: Run, postgres: PostgresServer
) -> None:
    postgres.run("CREATE TABLE IF NOT EXISTS visits (place text, day date)", "cli")
    on_server(project, postgres.url("cli"))
    (project / "q.sql").write_text("SELECT v.place FROM visits AS v\n", encoding="utf-8")
    found = understudy("context", "q.sql:1:10", "--json", SHOP_PASSWORD=postgres.password).json
    assert (found["dialect"], found["dialect_source"]) == ("postgres", "connection")
    assert [(each["name"], each["columns"]) for each in found["relations"]] == [("v", ["place", "day"])]
    told = findings(understudy, SHOP_PASSWORD=postgres.password)
    assert f"cli on 127.0.0.1:{postgres.port}: 1 tables and views" in told["database"]["message"]


def test_without_its_password_the_doctor_says_which_variable_to_set(
    project: Path, understudy: Run, postgres: PostgresServer
) -> None:
    on_server(project, postgres.url("cli"), "UNSET_PASSWORD_X")
    found = findings(understudy)
    assert found["database"]["state"] == "broken"
    assert "environment variable UNSET_PASSWORD_X is not set" in found["database"]["message"]
    assert "correct url under [data]" in found["database"]["fix"]


def test_a_silent_server_ends_a_command_in_time_with_what_the_files_say(
    project: Path, understudy: Run, silent_server: int
) -> None:
    settings = f'[data]\nurl = "postgresql://u@127.0.0.1:{silent_server}/shop"\nseconds = 1\n'
    (project / "understudy.toml").write_text(settings, encoding="utf-8")
    (project / "schema.sql").write_text("CREATE TABLE visits (place TEXT);", encoding="utf-8")
    (project / "q.sql").write_text("SELECT v.place FROM visits AS v\n", encoding="utf-8")
    ran = understudy("context", "q.sql:1:10", "--json")
    assert ran.json["relations"][0]["columns"] == ["place"]
    assert "did not answer within 1 s" in ran.stderr


def test_where_a_package_is_missing_the_command_to_install_it_is_said(duck: Path, understudy: Run) -> None:
    # A module of that name that cannot be imported stands for one that is not installed.
    (duck / "hidden").mkdir()
    (duck / "hidden" / "duckdb.py").write_text("raise ImportError", encoding="utf-8")
    (duck / "hidden" / "psycopg.py").write_text("raise ImportError", encoding="utf-8")
    hidden = {"PYTHONPATH": str(duck / "hidden")}
    assert "pip install understudy[duckdb]" in findings(understudy, **hidden)["database"]["message"]
    settings = '[data]\nurl = "postgresql://u@127.0.0.1/shop"\n'
    (duck / "understudy.toml").write_text(settings, encoding="utf-8")
    assert "pip install understudy[postgres]" in findings(understudy, **hidden)["database"]["message"]
