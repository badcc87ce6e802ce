"""Tools of a workspace say the dialect of its folders; what they cannot say is silence, not an error."""

from pathlib import Path

import pytest

from understudy_server.context.dialect.decision import DialectHints
from understudy_server.context.dialect.workspace import workspace_dialects

DBT = "name: shop\nprofile: shop\nvars: {day: '{{ env_var(\"DAY\") }}'}\n"
PROFILES = """
shop:
  target: "{{ env_var('TARGET', 'prod') }}"
  outputs:
    dev: {type: snowflake, password: "{{ env_var('PASSWORD') }}"}
"""


@pytest.mark.parametrize(
    ("files", "dialect"),
    [
        ({".sqlfluff": "[sqlfluff]\ndialect = bigquery\n"}, "bigquery"),
        ({"setup.cfg": "[sqlfluff]\ndialect = tsql\n"}, "tsql"),
        ({"pyproject.toml": '[tool.sqlfluff.core]\ndialect = "sparksql"\n'}, "spark"),
        ({"dbt_project.yml": DBT, "profiles.yml": PROFILES}, "snowflake"),
        ({"config.yaml": "model_defaults:\n  dialect: duckdb\n"}, "duckdb"),
        ({"sqlc.yaml": "version: 2\nsql:\n  - engine: postgresql\n    queries: q.sql\n"}, "postgres"),
        ({"config.yaml": "anything: [else]\n", ".sqlfluff": "[sqlfluff]\ndialect = redshift\n"}, "redshift"),
    ],
)
def test_a_tools_file_says_the_dialect(tmp_path: Path, files: dict[str, str], dialect: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert workspace_dialects(tmp_path) == ((tmp_path.as_posix(), dialect),)


def test_the_innermost_folder_speaks_for_its_files(tmp_path: Path) -> None:
    inner = tmp_path / "warehouse" / "models"
    inner.mkdir(parents=True)
    (tmp_path / ".sqlfluff").write_text("[sqlfluff]\ndialect = postgres\n", encoding="utf-8")
    (inner / ".sqlfluff").write_text("[sqlfluff]\ndialect = duckdb\n", encoding="utf-8")
    hints = DialectHints(folders=workspace_dialects(tmp_path))
    assert hints.of_folder((inner / "x.sql").as_uri()) == "duckdb"
    assert hints.of_folder(str(tmp_path / "warehouse" / "x.sql")) == "postgres"
    assert hints.of_folder("/elsewhere/x.sql") == ""


@pytest.mark.parametrize(
    "text", ["", "[sqlfluff", "dialect = x", "[sqlfluff]\ndialect = klingon", "[sqlfluff]\n\x00", "- a\n- b", "a: &a [*a]", "{" * 5_000]
)  # fmt: skip
def test_broken_files_say_nothing(tmp_path: Path, text: str) -> None:
    for name in (".sqlfluff", "pyproject.toml", "dbt_project.yml", "config.yaml", "sqlc.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert workspace_dialects(tmp_path) == ()


def test_bytes_and_folders_in_place_of_files_say_nothing(tmp_path: Path) -> None:
    (tmp_path / ".sqlfluff").write_bytes(b"\xff\xfe")
    (tmp_path / "config.yaml").mkdir()
    assert workspace_dialects(tmp_path) == ()
    assert workspace_dialects(tmp_path / "absent") == ()
