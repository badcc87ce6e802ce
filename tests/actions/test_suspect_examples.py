"""A statement in doubt has a diagnostic as long as it stands there as it was explored."""

from understudy_server.actions.suspect_examples import suspect_examples

GOLD = "SELECT city, COUNT(*) FROM orders GROUP BY city"
SUSPECTS = {GOLD: "its own query answers nothing"}


def test_the_statement_is_found_wherever_it_moved_and_however_it_is_indented() -> None:
    text = (
        f"-- Something else\nSELECT 1;\n\n-- Orders by city\n  {GOLD.replace(' FROM', chr(10) + '  FROM')};\n"
    )
    (problem,) = suspect_examples(text.encode(), "sql", SUSPECTS)
    assert text.encode()[problem.span.start :].startswith(b"SELECT city")
    assert (problem.kind, "its own query answers nothing" in problem.message) == ("gold suspect", True)


def test_a_statement_inside_python_is_found() -> None:
    text = f'rows = connection.execute("{GOLD}").fetchall()\n'
    (problem,) = suspect_examples(text.encode(), "python", SUSPECTS)
    assert text.encode()[problem.span.start : problem.span.end].decode() == GOLD


def test_a_statement_that_was_changed_is_no_longer_in_doubt() -> None:
    assert not list(suspect_examples((GOLD + " ORDER BY 1").encode(), "sql", SUSPECTS))
    assert not list(suspect_examples(GOLD.encode(), "sql", {}))
