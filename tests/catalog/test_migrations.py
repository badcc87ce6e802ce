"""Migrations in every layout: found by their names, replayed in order, never run backwards."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from understudy_knowledge.catalog import Catalog, discover
from understudy_knowledge.catalog.migrations import find_migrations

CREATE = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n"
ADD = "ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT '';\n"
RENAME = "ALTER TABLE users RENAME COLUMN name TO full_name;\n"
POSTS = "CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER REFERENCES users (id));\n"
BACK = "DROP TABLE users;\n"


def written(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def shape(catalog: Catalog) -> dict[str, list[str]]:
    return {table.name: [column.name for column in table.columns] for table in catalog.tables}


LAYOUTS = {
    "flyway": {
        "db/V1__users.sql": CREATE,
        "db/V2__email.sql": ADD,
        "db/V10__posts.sql": RENAME + POSTS,
        "db/U1__users.sql": BACK,
    },
    "golang-migrate": {
        "m/0001_users.up.sql": CREATE,
        "m/0001_users.down.sql": BACK,
        "m/0002_email.up.sql": ADD + RENAME,
        "m/0010_posts.up.sql": POSTS,
        "m/0010_posts.down.sql": "DROP TABLE posts;",
    },
    "dbmate": {
        "db/migrations/20230101_users.sql": f"-- migrate:up\n{CREATE}\n-- migrate:down\n{BACK}",
        "db/migrations/20230102_email.sql": f"-- migrate:up\n{ADD}{RENAME}{POSTS}-- migrate:down\nALTER TABLE users DROP COLUMN email;\n",
    },
    "goose": {
        "g/00001_users.sql": f"-- +goose Up\n-- +goose StatementBegin\n{CREATE}-- +goose StatementEnd\n\n-- +goose Down\n{BACK}",
        "g/00002_email.sql": f"-- +goose Down\nALTER TABLE users DROP COLUMN email;\n-- +goose Up\n{ADD}{RENAME}{POSTS}",
    },
    "prisma": {
        "prisma/migrations/20230101_init/migration.sql": CREATE,
        "prisma/migrations/20230102_more/migration.sql": ADD + RENAME + POSTS,
    },
    "diesel": {
        "migrations/2023-01-01-0_users/up.sql": CREATE + ADD,
        "migrations/2023-01-01-0_users/down.sql": BACK,
        "migrations/2023-01-02-0_posts/up.sql": RENAME + POSTS,
    },
    "sqitch": {
        "sqitch.plan": "%syntax-version=1.0.0\n\nusers 2023 A <a@b> # x\nemail [users] 2023 A <a@b> # x\n\nappname 2023 A <a@b> # x\n",
        "deploy/users.sql": f"BEGIN;\n{CREATE}COMMIT;",
        "deploy/email.sql": ADD,
        "deploy/appname.sql": RENAME + POSTS,
        "revert/users.sql": BACK,
        "verify/users.sql": "SELECT id FROM users WHERE FALSE;",
    },
    "liquibase": {
        "changelog/01.sql": f"--liquibase formatted sql\n--changeset ann:1\n{CREATE}--rollback DROP TABLE users;\n",
        "changelog/02.sql": f"--liquibase formatted sql\n--changeset ann:2\n{ADD}{RENAME}{POSTS}",
    },
    "plain numbers": {"sql/2_more.sql": ADD + RENAME, "sql/10_posts.sql": POSTS, "sql/1_users.sql": CREATE},
    "a schema and changes to it": {
        "schema.sql": CREATE,
        "changes/email.sql": ADD,
        "migrations/1_x.sql": RENAME + POSTS,
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_leaves_the_same_schema(layout: str, tmp_path: Path) -> None:
    catalog = discover(written(tmp_path, LAYOUTS[layout]))
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(CREATE + ADD + RENAME + POSTS)
        truth = {
            name: [
                column for (column,) in connection.execute("SELECT name FROM pragma_table_info(?)", (name,))
            ]
            for (name,) in connection.execute("SELECT name FROM sqlite_master")
        }
    assert {name: sorted(columns) for name, columns in shape(catalog).items()} == {
        name: sorted(columns) for name, columns in truth.items()
    }
    assert catalog.notes == ()
    posts = catalog.table("posts")
    assert posts is not None
    assert posts.foreign_keys[0].ref_table == "users"


def test_a_column_says_which_step_added_it(tmp_path: Path) -> None:
    users = discover(written(tmp_path, LAYOUTS["golang-migrate"])).table("users")
    assert users is not None
    assert (users.source, users.columns[2].source) == ("m/0001_users.up.sql:1", "m/0002_email.up.sql:1")


def test_two_projects_keep_their_migrations_apart(tmp_path: Path) -> None:
    catalog = discover(
        written(
            tmp_path,
            {
                "a/migrations/1_t.sql": "CREATE TABLE t (x INT);",
                "b/migrations/1_u.sql": "CREATE TABLE u (y INT); DROP TABLE t;",
            },
        )
    )
    assert shape(catalog) == {"t": ["x"], "u": ["y"]}


def test_files_say_things_of_each_others_tables_but_drop_none(tmp_path: Path) -> None:
    catalog = discover(
        written(
            tmp_path,
            {
                "comments.sql": "COMMENT ON COLUMN users.name IS 'in full'; ALTER TABLE users ADD extra INT;",
                "schema.sql": CREATE,
                "teardown.sql": BACK,
                "views.sql": "CREATE VIEW names AS SELECT name FROM users;",
                "tests/schema.sql": "CREATE TABLE users (only_in_tests INT);",
            },
        )
    )
    assert shape(catalog) == {"users": ["id", "name", "extra"], "names": ["name"]}
    column = catalog.column("users", "name")
    assert column is not None
    assert column.comment == "in full"


def test_a_broken_step_costs_a_sentence(tmp_path: Path) -> None:
    catalog = discover(
        written(
            tmp_path,
            {"m/1_a.sql": CREATE, "m/2_b.sql": "CREATE TABLE (;\nCREATE TABLE c (x INT", "m/3_c.sql": ADD},
        )
    )
    assert shape(catalog) == {"users": ["id", "name", "email"]}
    assert [note.split(": ")[0] for note in catalog.notes] == ["m/2_b.sql:1", "m/2_b.sql:2"]


def test_queries_with_numbers_are_no_step_back() -> None:
    migrations, rest = find_migrations(["q/revenue.sql", "m/1_a.sql", "m/1_a.down.sql", "verify/x.sql"])
    assert [migration.steps for migration in migrations] == [("m/1_a.sql",)]
    assert rest == ("q/revenue.sql",)


def test_a_dump_of_many_megabytes_is_read_for_its_definitions(tmp_path: Path) -> None:
    rows = "INSERT INTO `t` VALUES " + ",".join(["(1,'a\\'b;--')"] * 50_000) + ";\n"
    (tmp_path / "dump.sql").write_text(
        "-- MySQL dump 10\nCREATE TABLE `t` (`a` int, `b` text);\n"
        + rows * 8
        + "CREATE TABLE `last` (`z` int);\n"
    )
    (tmp_path / "huge.sql").touch()
    with (tmp_path / "huge.sql").open("r+b") as file:
        file.truncate(300 * 1024 * 1024)
    catalog = discover(tmp_path)
    assert shape(catalog) == {"t": ["a", "b"], "last": ["z"]}
    assert catalog.notes == ("huge.sql is larger than 256 MB and is not read as DDL.",)


@pytest.mark.parametrize(
    ("last", "left"),
    [
        ("drop table gone;", {"kept": ["y"]}),
        ("DROP TABLE IF EXISTS public.gone CASCADE;", {"kept": ["y"]}),
        ("rename table gone to here;", {"kept": ["y"], "here": ["x"]}),
    ],
)
def test_a_step_that_only_drops_or_renames_counts(
    tmp_path: Path, last: str, left: dict[str, list[str]]
) -> None:
    steps = {
        "db/V9__gone.sql": "create table gone (x int); create table kept (y int);",
        "db/V10__last.sql": last,
    }
    assert shape(discover(written(tmp_path, steps))) == left


def test_a_file_beside_the_schema_drops_some_of_its_tables_and_never_all(tmp_path: Path) -> None:
    schema = "CREATE TABLE gone (x INT); CREATE TABLE kept (y INT);"
    some = written(tmp_path / "some", {"schema.sql": schema, "zz.sql": "DROP TABLE gone;"})
    assert shape(discover(some)) == {"kept": ["y"]}
    every = {"schema.sql": schema, "teardown.sql": "DROP TABLE gone; DROP TABLE kept;"}
    assert len(shape(discover(written(tmp_path / "all", every)))) == 2
    anew = {"schema.sql": schema, "work.sql": "DROP TABLE IF EXISTS gone; CREATE TABLE gone (z INT);"}
    assert shape(discover(written(tmp_path / "anew", anew)))["gone"] == ["x"]
