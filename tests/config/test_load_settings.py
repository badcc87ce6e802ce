"""Settings: what is read, who wins, and that every mistake gets one sentence with its file and line."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.errors import ConfigurationError
from understudy_server.config import Settings, load_settings


def write(root: Path, text: str, name: str = "understudy.toml") -> Path:
    (root / name).write_text(text, encoding="utf-8")
    return root


def complaint(root: Path, editor: dict[str, object] | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(root, editor)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_an_empty_workspace_gets_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()


def test_every_section_is_read(tmp_path: Path) -> None:
    settings = load_settings(
        write(
            tmp_path,
            """
            dialect = "duckdb"
            exclude = ["archive/**"]
            [student]
            base_url = "http://127.0.0.1:8000/v1"
            model = "coder"
            api_key_env = "STUDENT_KEY"
            timeout_seconds = 5
            [data]
            database = "data/shop.db"
            [completion]
            lessons = 2
            [distill]
            turns = 4
            budget = 100
            [execution]
            seconds = 0.5
            """,
        )
    )
    assert settings.dialect == "duckdb"
    assert settings.exclude == ("archive/**",)
    assert (settings.student.model, settings.student.timeout_seconds) == ("coder", 5.0)
    assert settings.data.database == (tmp_path / "data/shop.db").resolve()
    assert (settings.completion.lessons, settings.distill.turns, settings.distill.budget) == (2, 4, 100)
    assert settings.execution.seconds == 0.5
    assert settings.teacher == Settings().teacher


def test_the_table_in_pyproject_is_read(tmp_path: Path) -> None:
    write(tmp_path, '[tool.understudy.data]\ndatabase = "a.db"\n', "pyproject.toml")
    assert load_settings(tmp_path).data.database == (tmp_path / "a.db").resolve()


def test_understudy_toml_wins_over_pyproject(tmp_path: Path) -> None:
    write(tmp_path, '[tool.understudy]\ndialect = "duckdb"\n', "pyproject.toml")
    write(tmp_path, 'dialect = "postgres"\n')
    assert load_settings(tmp_path).dialect == "postgres"


def test_the_editor_wins_over_the_file_key_by_key(tmp_path: Path) -> None:
    write(tmp_path, '[student]\nbase_url = "http://a/v1"\nmodel = "a"\n')
    settings = load_settings(tmp_path, {"student": {"model": "b"}})
    assert (settings.student.base_url, settings.student.model) == ("http://a/v1", "b")


def test_someone_elses_pyproject_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, '[project]\nname = "x"\n', "pyproject.toml")
    assert load_settings(tmp_path) == Settings()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\n[student]\nmodle = 'x'\n", ["understudy.toml:3:", "student.modle", "did you mean model"]),
        ("[studnet]\nmodel = 'x'\n", ["understudy.toml:1:", "studnet", "did you mean student"]),
        (
            "[distill]\nturns = 'three'\n",
            ["understudy.toml:2:", "distill.turns", "a whole number", "'three'"],
        ),
        ("[distill]\nturns = true\n", ["understudy.toml:2:", "a whole number"]),
        ("[distill]\n\nturns = 0\n", ["understudy.toml:3:", "at least 1"]),
        ("distill = {turns = 0}\n", ["understudy.toml:1:", "distill.turns"]),
        ("distill.turns = 0\n", ["understudy.toml:1:", "distill.turns"]),
        ("[execution]\nseconds = nan\n", ["understudy.toml:2:", "a number"]),
        ("student = 'x'\n", ["understudy.toml:1:", "student must be a table"]),
        ("[distill]\nhelp = ['tips']\n", ["understudy.toml:2:", "lesson, catalog, demonstration", "'tips'"]),
        ("exclude = 'x'\n", ["understudy.toml:1:", "a list of texts"]),
        ("dialect = 'sqlight'\n", ["understudy.toml:1:", "did you mean sqlite"]),
        ("[student]\nbase_url = 'ftp://x'\n", ["understudy.toml:2:", "http://"]),
        ("[student]\ntemplate = 'magic'\n", ["understudy.toml:2:", "one of auto, fim, chat, plain"]),
        ("[data]\ndatabase = 'postgres://x'\n", ["understudy.toml:2:", "SQLite file", "not a URL"]),
        ("[student\n", ["understudy.toml:1:", "not valid TOML"]),
        ("a = " + "[" * 5000, ["understudy.toml:1:", "not valid TOML"]),
    ],
)
def test_a_mistake_gets_one_sentence_with_file_and_line(tmp_path: Path, text: str, words: list[str]) -> None:
    message = complaint(write(tmp_path, text))
    assert [word for word in words if word not in message] == []


def test_a_mistake_in_pyproject_names_its_line(tmp_path: Path) -> None:
    write(tmp_path, "[project]\nname = 'x'\n\n[tool.understudy.student]\nmodel = 3\n", "pyproject.toml")
    assert complaint(tmp_path).startswith("pyproject.toml:5: student.model must be text")


def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    message = complaint(write(tmp_path, "[teacher]\napi_key = 'sk-very-secret'\n"))
    assert message.startswith("understudy.toml:2:")
    assert "teacher.api_key_env" in message
    assert "sk-very-secret" not in message


def test_a_mistake_in_the_editor_says_so(tmp_path: Path) -> None:
    assert "the editor's settings: student.model must be text" in complaint(
        tmp_path, {"student": {"model": 1}}
    )
    assert "must be a table" in complaint(tmp_path, ["x"])  # type: ignore[arg-type]


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "understudy.toml").write_bytes(b"\xff\xfe\x00")
    assert complaint(tmp_path).startswith("understudy.toml: is not UTF-8 text")


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "understudy.toml").mkdir()
    assert complaint(tmp_path).startswith("understudy.toml: cannot be read")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
names = st.sampled_from(["student", "data", "database", "turns", "distill", "exclude", "dialect", "base_url"])


@given(st.dictionaries(names | st.text(), values | st.dictionaries(names, values)))
def test_whatever_the_editor_sends_there_is_an_answer_or_a_sentence(tables: dict[str, object]) -> None:
    with contextlib.suppress(ConfigurationError):
        load_settings(Path("/nowhere"), tables)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('database = "bikes.db"', "data.database"),
        ("turns = 2", "distill.turns"),
        ('model = "coder"', "student.model or teacher.model or retrieval.model"),
    ],
)
def test_a_setting_outside_of_its_table_is_told_its_table(tmp_path: Path, text: str, meant: str) -> None:
    key = text.split()[0]
    assert complaint(write(tmp_path, text)) == (
        f"understudy.toml:1: there is no setting {key}; did you mean {meant}?"
    )


def test_a_server_is_named_by_url_and_its_password_by_a_variable(tmp_path: Path) -> None:
    write(
        tmp_path,
        '[data]\nurl = "postgresql://me@db.example/shop"\npassword_env = "SHOP"\nsamples = false\nschemas = ["sales"]\nseconds = 3\n',
    )
    data = load_settings(tmp_path).data
    assert (data.url, data.password_env, data.samples) == ("postgresql://me@db.example/shop", "SHOP", False)
    assert (data.schemas, data.seconds, data.database) == (("sales",), 3.0, None)


@pytest.mark.parametrize(
    "text",
    [
        '[data]\nurl = "postgresql://me:hunter2@db.example/shop"\n',
        '[data]\nurl = "postgresql://db.example/shop?password=hunter2"\n',
        '[data]\nurl = "postgresql:/me:hunter2@db.example/shop"\n',
        '[data]\nurl = "mysql://me:hunter2@db.example/shop"\n',
        '[data]\ndatabase = "postgresql://me:hunter2@db.example/shop"\n',
        '[data]\npassword = "hunter2"\n',
    ],
)
def test_a_database_password_in_a_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    with pytest.raises(ConfigurationError, match=r"understudy\.toml:2: data\.") as caught:
        load_settings(tmp_path)
    assert "hunter2" not in str(caught.value)


def test_the_refusal_of_a_password_says_where_it_belongs(tmp_path: Path) -> None:
    write(tmp_path, '[data]\nurl = "postgresql://me:hunter2@db.example/shop"\n')
    with pytest.raises(ConfigurationError, match=r"environment variable and name it in data\.password_env"):
        load_settings(tmp_path)


def test_a_file_and_a_server_contradict_each_other(tmp_path: Path) -> None:
    write(tmp_path, '[data]\ndatabase = "shop.db"\nurl = "postgresql://db.example/shop"\n')
    with pytest.raises(ConfigurationError, match=r"data\.database and data\.url contradict each other"):
        load_settings(tmp_path)


def test_further_teachers_are_tables_with_the_defaults_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "understudy.toml").write_text(
        '[[teachers]]\nbase_url = "http://a/v1"\nprompt_price = 2\n[[teachers]]\nbase_url = "http://b/v1"\n'
    )
    first, second = load_settings(tmp_path).teachers
    assert (first.base_url, first.prompt_price, second.base_url) == ("http://a/v1", 2.0, "http://b/v1")
    assert first.timeout_seconds == load_settings(tmp_path).teacher.timeout_seconds


def test_a_mistake_in_a_further_teacher_is_named(tmp_path: Path) -> None:
    (tmp_path / "understudy.toml").write_text("[[teachers]]\nmodle = 1\n")
    with pytest.raises(ConfigurationError, match=r"understudy\.toml:\d: there is no setting teachers\.modle"):
        load_settings(tmp_path)
    (tmp_path / "understudy.toml").write_text('teachers = "large"\n')
    with pytest.raises(ConfigurationError, match="teachers must be a list of tables"):
        load_settings(tmp_path)


def test_an_embedding_model_is_named_by_a_server_or_a_folder(tmp_path: Path) -> None:
    write(tmp_path, '[retrieval]\nembedding = "folder"\nfolder = "models/minilm"\nbudget_ms = 3')
    settings = load_settings(tmp_path).retrieval
    assert settings.folder == (tmp_path / "models/minilm").resolve()
    assert settings.budget_ms == 3


@pytest.mark.parametrize(("embedding", "needed"), [("server", "base_url"), ("folder", "folder")])
def test_an_embedding_model_that_is_named_nowhere_is_one_sentence(
    tmp_path: Path, embedding: str, needed: str
) -> None:
    write(tmp_path, f'[retrieval]\nembedding = "{embedding}"')
    assert f"needs retrieval.{needed}" in complaint(tmp_path)


def test_the_key_of_an_embedding_server_is_no_setting(tmp_path: Path) -> None:
    write(tmp_path, '[retrieval]\napi_key = "sesame"')
    message = complaint(tmp_path)
    assert "retrieval.api_key_env" in message
    assert "sesame" not in message
