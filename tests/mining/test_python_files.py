"""SQL strings in Python become examples, asked by what stands around them."""

from typing import Any


def only(found: Any) -> Any:
    assert found.skipped == ()
    (example,) = found.examples
    return example


def test_a_docstring_asks(mined: Any) -> None:
    text = '''def totals(cursor):
    """Total of all orders, by day.

    Used on Mondays.
    """
    cursor.execute("""
        SELECT day,
               SUM(total)
        FROM orders
    """)
'''
    example = only(mined({"a.py": text}))
    assert example.question == "Total of all orders, by day."
    assert example.gold == "SELECT day,\n       SUM(total)\nFROM orders"
    assert (example.origin.line, example.origin.column, example.origin.kind) == (7, 9, "python")
    assert example.language == "sql"


def test_a_comment_that_touches_comes_before_the_docstring(mined: Any) -> None:
    text = 'def f(c):\n    """Many things."""\n    # Total of all orders\n    c.execute("SELECT SUM(total) FROM orders")\n'
    assert only(mined({"a.py": text})).question == "Total of all orders"


def test_a_function_name_of_two_words_asks(mined: Any) -> None:
    text = 'def get_open_orders(c):\n    return c.execute("SELECT total FROM orders").fetchall()\n'
    assert only(mined({"a.py": text})).question == "open orders"


def test_escapes_and_concatenation_are_resolved(mined: Any) -> None:
    text = "# orders with a quote\nq = ('SELECT \\'it\\'\\'s\\' AS x, '\n     r'\"a\\b\" ' f'FROM {{t}}')\n"
    found = mined({"a.py": text.replace("{{t}}", "t")})
    assert only(found).gold == "SELECT 'it''s' AS x, \"a\\b\" FROM t"
    assert found.examples[0].origin.column == 7


def test_holes_and_parameters_need_values(mined: Any) -> None:
    text = (
        'def of_table(c, t):\n    """Rows of a table."""\n    c.execute(f"SELECT a FROM {t}")\n'
        'def of_day(c, d):\n    """Rows of a day."""\n    c.execute("SELECT a FROM t WHERE d = %s", (d,))\n'
    )
    found = mined({"a.py": text})
    assert not found.examples
    assert [skipped.reason for skipped in found.skipped] == ["needs values for its parameters"] * 2


def test_a_string_put_together_at_run_time_is_skipped(mined: Any) -> None:
    text = 'def of_table(c, t):\n    """Rows of a table."""\n    c.execute("SELECT a FROM " + t)\n'
    assert [skipped.reason for skipped in mined({"a.py": text}).skipped] == ["is put together at run time"]


def test_one_docstring_over_two_statements_asks_for_neither(mined: Any) -> None:
    text = 'def f(c):\n    """Orders and customers."""\n    c.execute("SELECT a FROM t")\n    c.execute("SELECT b FROM u")\n'
    found = mined({"a.py": text})
    assert not found.examples
    assert {skipped.reason for skipped in found.skipped} == {
        "its function's docstring or name stands over several statements"
    }


def test_comments_inside_a_script_ask_for_each_statement(mined: Any) -> None:
    text = 'c.executescript("""\n-- all of a\nSELECT a FROM t;\n-- all of b\nSELECT b FROM t;\n""")\n'
    found = mined({"a.py": text})
    assert [(example.question, example.origin.line) for example in found.examples] == [
        ("all of a", 3),
        ("all of b", 5),
    ]


def test_a_file_that_is_no_valid_python_still_gives_what_can_be_read(mined: Any) -> None:
    text = 'def f(c):\n    """Total of orders."""\n    c.execute("SELECT SUM(a) FROM t")\n\ndef broken(:\n    x = \n'
    assert [example.question for example in mined({"a.py": text}).examples] == ["Total of orders."]
