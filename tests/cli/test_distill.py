"""understudy distill on a small project, through the real process."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Run


def test_a_run_leaves_knowledge_a_log_and_a_report_that_git_does_not_see(
    project: Path, understudy: "Run"
) -> None:
    ran = understudy("distill", "--json")
    assert ran.status == 0, ran.stderr
    result = ran.json
    assert result["status"] == "done"
    assert result["examples"]["found"] == 8
    assert result["examples"]["taught"] + result["held_out"]["n"] == 8
    assert result["tried"] == result["examples"]["taught"]
    folder = project / ".understudy"
    assert (folder / ".gitignore").read_text() == "*\n"
    assert (folder / "knowledge.db").is_file()
    assert (folder / "runs" / f"{result['run']}.jsonl").is_file()
    assert Path(result["report"]) == folder / "runs" / f"{result['run']}.html"


def test_the_table_says_what_passed_before_and_after_and_where_the_report_is(understudy: "Run") -> None:
    ran = understudy("distill")
    assert ran.status == 0, ran.stderr
    for words in ("passed before", "passed after", "admitted", "not admitted because", "Report: "):
        assert words in ran.stdout
    assert "Measuring lift" in ran.stderr


def test_progress_comes_as_json_lines_and_the_last_one_is_the_result(understudy: "Run") -> None:
    ran = understudy("distill", "--json", "--progress-json")
    events = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [event["event"] for event in events[:-1]] == ["progress"] * (len(events) - 1)
    stages = list(dict.fromkeys(event["stage"] for event in events[:-1]))
    assert [stage for stage in stages if stage in ("mine", "check", "before", "explore", "admit", "after")] == [
        "mine", "check", "before", "explore", "admit", "after"
    ]  # fmt: skip
    assert all(event["done"] <= event["total"] for event in events[:-1])
    result = events[-1]["result"]
    assert result["status"] == "done"
    assert set(result["held_out"]) == {"n", "before", "after"}
    assert {"message", "tried", "admitted", "refused", "report"} <= set(result)


def test_a_second_run_asks_the_teacher_nothing_that_was_answered_before(
    project: Path, understudy: "Run"
) -> None:
    first = understudy("distill", "--json").json
    answers = _answers(project)
    second = understudy("distill", "--json").json
    assert _answers(project) == answers > 0
    assert first["teacher"]["calls"] == answers
    assert second["teacher"]["calls"] == 0, "what was paid before is not paid again, and not counted"
    own = {"run": "", "report": "", "seconds": 0, "teacher": {}}
    assert {**second, **own} == {**first, **own}


def test_paths_narrow_what_is_mined(project: Path, understudy: "Run") -> None:
    (project / "more").mkdir()
    (project / "more" / "more.sql").write_text(
        "-- All the cities\nSELECT DISTINCT city FROM customers;\n-- All open orders\n"
        "SELECT order_id FROM orders WHERE status = 'open';\n"
    )
    assert understudy("distill", "more", "--json").json["examples"]["found"] == 2
    # From anywhere else the project is the one that the path lies in.
    elsewhere = understudy("distill", str(project / "more" / "more.sql"), "--json", cwd=project.parent)
    assert elsewhere.json["examples"]["found"] == 2
    assert not (project.parent / ".understudy").exists()


def test_resume_without_an_unfinished_run_says_so_and_begins_anew(understudy: "Run") -> None:
    ran = understudy("distill", "--resume", "--json")
    assert ran.status == 0
    assert ran.sentence == "understudy: There is no unfinished run to resume; a new one begins."
    assert ran.json["status"] == "done"


def test_a_budget_ends_exploration_and_the_rest_goes_on(understudy: "Run") -> None:
    result = understudy("distill", "--budget", "1", "--json").json
    assert result["status"] == "done"
    assert result["teacher"]["calls"] <= 1
    assert result["tried"] < result["examples"]["taught"]


def test_a_run_whose_minutes_are_over_says_so_and_can_be_resumed(understudy: "Run") -> None:
    ran = understudy("distill", "--minutes", "0.0001", "--json")
    assert (ran.status, ran.json["status"]) == (0, "cancelled")
    assert "minutes of the run are over; everything done so far is kept" in ran.json["message"]
    resumed = understudy("distill", "--resume", "--minutes", "60", "--json")
    assert resumed.json["status"] == "done"
    assert resumed.json["admitted"] > 0


def test_no_examples_is_one_sentence_that_says_what_an_example_is(project: Path, understudy: "Run") -> None:
    (project / "queries.sql").write_text("SELECT 1;\n")
    ran = understudy("distill")
    assert ran.status == 2
    assert ran.stdout == ""
    assert ran.sentence.startswith(f"understudy: no examples were found in {project}")
    assert "comment above it" in ran.sentence


def test_a_failure_is_also_said_to_whoever_reads_json_lines(project: Path, understudy: "Run") -> None:
    (project / "queries.sql").unlink()
    ran = understudy("distill", "--progress-json")
    assert ran.status == 2
    result = json.loads(ran.stdout.splitlines()[-1])["result"]
    assert (result["status"], result["held_out"]) == ("failed", {"n": 0, "before": 0, "after": 0})
    assert "no examples were found" in result["message"]


@pytest.mark.parametrize(
    ("database", "says"),
    [
        ("gone.db", "does not exist"),
        ("queries.sql", "is not a SQLite database"),
        (".", "is a folder"),
    ],
)
def test_an_unreadable_database_is_one_sentence(
    project: Path, understudy: "Run", database: str, says: str
) -> None:
    (project / "understudy.toml").write_text(f'[data]\ndatabase = "{database}"\n')
    ran = understudy("distill")
    assert ran.status == 2
    assert says in ran.sentence


def test_no_database_at_all_says_where_to_name_one(project: Path, understudy: "Run") -> None:
    (project / "understudy.toml").write_text("")
    ran = understudy("distill")
    assert ran.status == 2
    assert "[data] in understudy.toml" in ran.sentence


def test_a_locked_database_is_one_sentence_and_nothing_waits_for_ever(
    project: Path, understudy: "Run"
) -> None:
    with closing(sqlite3.connect(project / "shop.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        ran = understudy("distill")
    assert ran.status == 2
    assert "shop.db is locked by another process" in ran.sentence


def test_a_syntax_error_and_a_failing_gold_query_are_named_and_the_rest_goes_on(
    project: Path, understudy: "Run"
) -> None:
    with (project / "queries.sql").open("a") as file:
        file.write("\n-- Sum of nothing known\nSELECT SUM(nothing) FROM orders;\n")
    (project / "broken.sql").write_text("-- Customers who never ordered\nSELECT FROM WHERE (customers;\n")
    (project / "broken.py").write_text("def f(:\n")
    result = understudy("distill", "--json").json
    assert result["examples"]["found"] == 9
    assert [each["origin"] for each in result["examples"]["unusable"]] == ["queries.sql:32"]
    assert "nothing" in result["examples"]["unusable"][0]["reason"]
    skipped = {each["origin"]: each["reason"] for each in result["examples"]["skipped"]}
    assert "syntax error" in skipped["broken.sql:2"]
    assert result["status"] == "done"


def test_a_missing_model_server_is_one_sentence_and_the_run_can_be_resumed_without_it(
    project: Path, understudy: "Run"
) -> None:
    settings = '[data]\ndatabase = "shop.db"\n'
    (project / "understudy.toml").write_text(
        settings + '[teacher]\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "large"\n'
    )
    ran = understudy("distill")
    assert ran.status == 2
    assert "http://127.0.0.1:9/v1" in ran.sentence
    (project / "understudy.toml").write_text(settings)
    resumed = understudy("distill", "--resume", "--json")
    assert resumed.status == 0
    assert "was begun with the teacher large, now it is embedded-teacher" in resumed.sentence


def test_a_corrupt_knowledge_file_is_one_sentence_and_is_left_alone(project: Path, understudy: "Run") -> None:
    folder = project / ".understudy"
    folder.mkdir()
    (folder / "knowledge.db").write_bytes(b"not a database, but mine\n" * 400)
    ran = understudy("distill")
    assert ran.status == 2
    assert "knowledge.db is not a knowledge store or is damaged" in ran.sentence
    assert (folder / "knowledge.db").read_bytes().startswith(b"not a database")


def test_a_folder_that_cannot_be_written_is_one_sentence(project: Path, understudy: "Run") -> None:
    # A file in the folder's place stops root as well, whom permissions do not stop.
    (project / ".understudy").write_text("")
    ran = understudy("distill")
    assert ran.status == 2
    assert ".understudy cannot be written" in ran.sentence


def test_a_read_only_folder_is_one_sentence(project: Path, understudy: "Run") -> None:
    project.chmod(0o555)
    try:
        (project / "probe").touch()
    except PermissionError:
        ran = understudy("distill")
        assert ran.status == 2
        assert ".understudy cannot be written" in ran.sentence
    else:
        pytest.skip("this user may write into read-only folders")
    finally:
        project.chmod(0o755)


def test_a_mistake_in_the_settings_is_one_sentence_with_its_line(project: Path, understudy: "Run") -> None:
    (project / "understudy.toml").write_text('[data]\ndatabase = "shop.db"\n[distil]\nturns = 1\n')
    ran = understudy("distill")
    assert ran.status == 2
    assert "understudy.toml:3" in ran.sentence
    assert "did you mean distill?" in ran.sentence


def _answers(project: Path) -> int:
    with closing(sqlite3.connect(project / ".understudy" / "knowledge.db")) as connection:
        (count,) = connection.execute("SELECT COUNT(*) FROM answers").fetchone()
    return int(count)


def test_the_ledger_of_the_last_run_is_shown_call_by_call_and_as_json(understudy: "Run") -> None:
    assert understudy("report", "--ledger").status == 2
    result = understudy("distill", "--json").json
    shown = understudy("report", "--ledger", COLUMNS="200")
    assert shown.status == 0, shown.stderr
    for words in ("What was sent where", "teacher", "a plan", "alone", ".ledger.jsonl"):
        assert words in shown.stdout
    told = understudy("report", "--ledger", "--json").json
    assert told["run"] == result["run"]
    asked = [call for call in told["calls"] if call["role"] == "teacher" and call["end"] != "kept"]
    assert len(asked) == result["teacher"]["calls"]
    assert {call["server"] for call in told["calls"]} == {""}


def test_what_was_spent_is_told_while_the_run_goes_on(understudy: "Run") -> None:
    ran = understudy("distill", "--progress-json", "--budget", "5")
    events = [json.loads(line) for line in ran.stdout.splitlines()]
    spent = [event["spent"] for event in events[:-1] if event["stage"] == "explore"]
    assert all(each["allowed"]["calls"] == 5 for each in spent)
    assert max(each["calls"] for each in spent) <= 5
    assert events[-1]["result"]["teacher"]["allowed"]["calls"] == 5
    assert "Teacher so far: " in understudy("distill", "--budget", "5").stderr


def test_lines_of_a_file_teach_from_the_example_there_alone(project: Path, understudy: "Run") -> None:
    ran = understudy("distill", "queries.sql:3", "--json")
    assert ran.status == 0, ran.stderr
    result = ran.json
    assert result["examples"]["found"] == 8, "siblings are looked for among all of them"
    assert (result["examples"]["taught"], result["tried"], result["held_out"]["n"]) == (1, 1, 0)
    assert Path(result["report"]).is_file()
    cases = understudy("knowledge", "list", "--json").json
    assert [case["question"] for case in cases] == ["Revenue by city"]


def test_teaching_a_few_more_leaves_what_a_whole_run_learned(project: Path, understudy: "Run") -> None:
    understudy("distill", "--json")
    before = _general(project)
    assert before
    result = understudy("distill", "queries.sql:1-8", "--json").json
    assert result["examples"]["taught"] == 2
    assert _general(project) == before


def test_an_estimate_teaches_nothing(project: Path, understudy: "Run") -> None:
    whole = understudy("distill", "--estimate", "--json").json
    assert (whole["examples"], whole["tokens"], whole["money"]) == (5, 0, None)
    assert whole["message"].endswith("which cost nothing")
    one = understudy("distill", "queries.sql:1", "--estimate", "--turns", "2", "--json").json
    assert (one["examples"], one["calls"]) == (1, 2)
    assert understudy("distill", "queries.sql:1", "--estimate", "--budget", "1", "--json").json["calls"] == 1
    assert not (project / ".understudy" / "knowledge.db").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["queries.sql:5"], "no example stands at queries.sql:5; an example is"),
        (["queries.sql:40-50"], "no example stands at queries.sql:40-50"),
        (["new.sql:1"], "because the one there no comment, docstring or name says what it answers"),
        (["gone.sql:1"], "gone.sql does not exist"),
        (["queries.sql:1", "new.sql"], "is named whole beside the lines"),
        (["a.ipynb:1"], "in a notebook write a.ipynb:CELL:LINE"),
    ],
)
def test_lines_without_an_example_are_one_sentence(
    project: Path, understudy: "Run", arguments: list[str], says: str
) -> None:
    (project / "new.sql").write_text("SELECT name FROM customers;\n")
    ran = understudy("distill", *arguments)
    assert (ran.status, ran.stdout) == (2, "")
    assert says in ran.sentence


def _general(project: Path) -> str:
    with closing(sqlite3.connect(project / ".understudy" / "knowledge.db")) as connection:
        return str(connection.execute("SELECT * FROM general").fetchall())
