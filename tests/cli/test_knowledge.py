"""understudy knowledge, report and doctor, through the real process."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from understudy_knowledge.execution import boundary
from understudy_knowledge.memory.store import KnowledgeStore

if TYPE_CHECKING:
    from conftest import Run


def test_a_case_can_be_listed_shown_and_forgotten(understudy: "Run") -> None:
    understudy("distill", "--json")
    listed = understudy("knowledge", "list", "--json").json
    assert listed
    first = listed[0]
    assert first["status"] == "admitted"
    assert first["lift"]["value"] > 0
    shown = understudy("knowledge", "show", first["id"][:8])
    for words in (first["question"], "Plan:", "Trace:", "Tables: ", "Cost: ", "turn 1: ", "Code:"):
        assert words in shown.stdout
    told = understudy("knowledge", "show", first["id"], "--json").json
    assert told["id"] == first["id"]
    assert told["trace"]["turns"]
    forgotten = understudy("knowledge", "forget", first["id"])
    assert forgotten.stdout.startswith(f"Forgot {first['id']}")
    assert first["id"] not in {case["id"] for case in understudy("knowledge", "list", "--json").json}
    again = understudy("knowledge", "forget", first["id"])
    assert again.status == 2
    assert f"holds no case '{first['id']}'" in again.sentence
    assert understudy("distill", "--json").json["reasons"]["you forgot it"] == 1
    assert first["id"] not in {case["id"] for case in understudy("knowledge", "list", "--json").json}


def test_a_case_goes_stale_with_its_column_and_stands_again_with_it(project: Path, understudy: "Run") -> None:
    understudy("distill", "--json")
    (database,) = project.glob("*.db")
    with KnowledgeStore.open(project / ".understudy" / "knowledge.db", read_only=True) as store:
        said_before = store.general()
    admitted = understudy("knowledge", "list", "--json", "--status", "admitted").json
    told = understudy("knowledge", "verify", "--json").json
    assert told["changed"] == []
    assert told["looked_at"] == len(admitted)
    assert told["ran"]
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("ALTER TABLE orders RENAME COLUMN status TO state")
    found = understudy("knowledge", "verify", "--json").json
    changed = found["changed"]
    assert changed
    with KnowledgeStore.open(project / ".understudy" / "knowledge.db", read_only=True) as store:
        assert "orders.status" not in store.general().text
        assert {rule.id for rule in store.rules() if rule.status == "stale"} == {
            rule["id"] for rule in found["stale_rules"]
        }
    assert set(found["outdated"]) <= {case["id"] for case in admitted}
    assert {case["status"] for case in changed} == {"stale"}
    assert all("orders.status" in case["reason"] for case in changed)
    assert understudy("knowledge", "verify", "--json").json["changed"] == []
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("ALTER TABLE orders RENAME COLUMN state TO status")
    said = understudy("knowledge", "verify").stdout
    assert said.count("is admitted now") == len(changed)
    again = understudy("knowledge", "list", "--json", "--status", "admitted").json
    assert {case["id"] for case in again} == {case["id"] for case in admitted}
    with KnowledgeStore.open(project / ".understudy" / "knowledge.db", read_only=True) as store:
        assert set(store.general().definitions) == set(said_before.definitions)
        assert sorted(store.general().text.split("\n")) == sorted(said_before.text.split("\n"))


def test_nothing_made_from_forgotten_cases_goes_on_entering_prompts(project: Path, understudy: "Run") -> None:
    understudy("distill", "--json")
    store = project / ".understudy" / "knowledge.db"
    for case in understudy("knowledge", "list", "--json", "--status", "admitted").json:
        told = understudy("knowledge", "forget", case["id"], "--json").json
        assert told["general_instructions"] in {"renewed", "none"}
    with KnowledgeStore.open(store, read_only=True) as opened:
        assert opened.general().text == ""
        assert opened.general().definitions == ()


@pytest.mark.parametrize("command", [("knowledge", "list"), ("knowledge", "show", "a"), ("report",)])
def test_before_anything_was_learned_each_says_what_to_run(
    project: Path, understudy: "Run", command: tuple[str, ...]
) -> None:
    ran = understudy(*command)
    assert ran.status == 2
    assert "run `understudy distill` there" in ran.sentence
    assert not (project / ".understudy").exists()


def test_report_writes_the_last_run_anew(project: Path, understudy: "Run") -> None:
    result = understudy("distill", "--json").json
    report = Path(result["report"])
    report.unlink()
    ran = understudy("report")
    assert Path(ran.stdout.strip()) == report
    assert report.is_file()
    assert understudy("report", "--json").json == {"report": str(report), "run": result["run"]}


def test_a_run_that_was_cut_off_does_not_hide_the_report_of_the_one_before(
    project: Path, understudy: "Run"
) -> None:
    run = understudy("distill", "--json").json["run"]
    with KnowledgeStore.open(project / ".understudy" / "knowledge.db") as store:
        store.start_run("cut-off", {})
    assert understudy("report", "--json").json["run"] == run


def test_a_knowledge_file_that_lost_pages_is_told_in_one_sentence(project: Path, understudy: "Run") -> None:
    understudy("distill", "--json")
    path = project / ".understudy" / "knowledge.db"
    content = bytearray(path.read_bytes())
    content[20_000:50_000] = bytes(30_000)
    path.write_bytes(content[: path.stat().st_size])
    completed = understudy("complete", "queries.sql:10:1")
    assert "Traceback" not in completed.stderr
    forgotten = understudy("knowledge", "forget", "a")
    assert "NOT NULL" not in forgotten.sentence
    findings = {finding["name"]: finding for finding in understudy("doctor", "--json").json["findings"]}
    assert findings["knowledge"]["state"] == "broken"
    assert "damaged" in findings["knowledge"]["message"]


def test_each_fix_of_the_doctor_fits_what_is_wrong(project: Path, understudy: "Run") -> None:
    def findings() -> dict[str, dict[str, str]]:
        told = understudy("doctor", "--json").json["findings"]
        assert not [finding for finding in told if "see the sentence" in finding["fix"]]
        return {finding["name"]: finding for finding in told}

    (project / "broken.sql").write_text("-- what is asked\nSELECT * FROM WHERE a = 1;\n", encoding="utf-8")
    (project / "understudy.toml").write_text(
        '[data]\ndatabase = "gone.db"\n[student]\nbase_url = "http://127.0.0.1:9/v1"\napi_key_env = "UNSET_KEY_X"\n',
        encoding="utf-8",
    )
    found = findings()
    assert (
        found["student"]["fix"] == "set the environment variable UNSET_KEY_X, or correct student.api_key_env"
    )
    assert found["execution"]["fix"] == "mend the database first"
    assert "correct database under [data]" in found["database"]["fix"]
    assert found["examples"]["message"] == "8 found; 1 skipped (syntax errors: broken.sql:2)"
    (project / "understudy.toml").write_text('database = "shop.db"\n', encoding="utf-8")
    found = findings()
    assert "data.database" in found["configuration"]["message"]
    assert "none is configured" not in found["database"]["message"]
    assert "set database" not in found["execution"]["fix"]


def test_the_table_of_a_run_says_where_files_were_skipped(project: Path, understudy: "Run") -> None:
    (project / "broken.sql").write_text("-- what is asked\nSELECT * FROM WHERE a = 1;\n", encoding="utf-8")
    ran = understudy("distill", COLUMNS="200")
    assert "1 x syntax error in sqlite: Expected table name (broken.sql:2)" in ran.stdout + ran.stderr


def test_the_doctor_finds_a_healthy_project_healthy_and_changes_nothing(
    project: Path, understudy: "Run"
) -> None:
    ran = understudy("doctor", "--json", str(project), cwd=project.parent)
    assert ran.status == 0, ran.stderr
    findings = {finding["name"]: finding for finding in ran.json["findings"]}
    assert list(findings) == [
        "python", "configuration", "database", "schema", "dialect", "examples", "knowledge", "embedding", "student", "teacher", "execution", "workspace"
    ]  # fmt: skip
    assert "2 tables and views, 12 rows" in findings["database"]["message"]
    assert findings["examples"]["message"] == "8 found"
    assert findings["knowledge"]["fix"] == "run `understudy distill`"
    assert findings["execution"]["message"] == boundary().sentence
    assert not (project / ".understudy").exists()
    understudy("distill", "--json")
    after = {finding["name"]: finding for finding in understudy("doctor", "--json").json["findings"]}
    assert "admitted" in after["knowledge"]["message"]
    assert after["index"]["state"] == "ok"


def test_the_doctor_names_each_broken_part_with_its_fix_and_ends_with_status_1(
    project: Path, understudy: "Run"
) -> None:
    (project / "understudy.toml").write_text(
        '[data]\ndatabase = "gone.db"\n[teacher]\nbase_url = "http://127.0.0.1:9/v1"\n'
    )
    (project / "queries.sql").unlink()
    (project / ".understudy").mkdir()
    (project / ".understudy" / "knowledge.db").write_bytes(b"no knowledge\n" * 400)
    ran = understudy("doctor", "--json")
    assert ran.status == 1
    findings = {finding["name"]: finding for finding in ran.json["findings"]}
    assert {name for name, finding in findings.items() if finding["state"] == "broken"} == {
        "database", "knowledge", "teacher"
    }  # fmt: skip
    assert all(finding["fix"] for finding in findings.values() if finding["state"] != "ok")
    assert "none found" in findings["examples"]["message"]
    told = understudy("doctor")
    assert told.status == 1
    assert "gone.db does not exist" in told.stdout
    assert "fix: " in told.stdout


def test_the_doctor_names_the_line_of_a_mistake_in_the_settings(project: Path, understudy: "Run") -> None:
    (project / "understudy.toml").write_text("[data]\ndatabase = 3\n")
    findings = {finding["name"]: finding for finding in understudy("doctor", "--json").json["findings"]}
    assert findings["configuration"]["state"] == "broken"
    assert findings["configuration"]["message"].startswith("understudy.toml:2")
