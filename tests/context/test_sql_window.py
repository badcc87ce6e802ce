"""The window holds the whole statement at the cursor, whatever stands around it and however the document is cut in blocks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.errors import UnderstudyError
from understudy_server.context.extract import extract
from understudy_server.context.jinja.masked import mask_jinja
from understudy_server.context.sql.statements import statement_at
from understudy_server.context.sql.window import sql_window
from understudy_server.context.text.document import Document

STATEMENTS = [
    "SELECT a, b FROM t WHERE c = 'it''s; here'",
    "SELECT a\nFROM t\nUNION ALL\nSELECT b\nFROM u",
    "WITH r AS (\n  SELECT 1\n),\ns AS (\n\nSELECT 2\n)\n\n-- both\nSELECT * FROM r, s",
    "INSERT INTO t (a, b)\nSELECT a, b\nFROM u",
    "INSERT INTO t VALUES\n(1, 'a;\nb'),\n(2, 'c')",
    "UPDATE t SET a = 1\nWHERE b IN (\nSELECT b FROM u\n)",
    "DELETE FROM t WHERE a = 2",
    "CREATE VIEW v AS\nSELECT a /* b; c\n\nSELECT 9 */ FROM t",
    "CREATE TABLE t (a INT, b TEXT DEFAULT ';')",
    "CREATE VIEW v AS\nWITH r AS (SELECT 1)\nSELECT * FROM r",
    "CREATE OR REPLACE VIEW v AS\n\n-- one\nWITH r AS (\nSELECT 1\n)\n\n/* two;\n\nSELECT */\nSELECT * FROM r",
    "CREATE MATERIALIZED VIEW v AS WITH r AS (\n\nSELECT 1)\n\nSELECT * FROM r",
    "CREATE TABLE t AS\nWITH r AS (SELECT 1),\ns AS (SELECT 2)\n-- both\n\nSELECT * FROM r, s",
    "ALTER VIEW v AS\nWITH r AS (SELECT 1)\n\nSELECT * FROM r",
    "INSERT INTO t\n\nWITH r AS (SELECT 1)\n\n-- all\nSELECT * FROM r",
    "WITH r AS (SELECT 1)\n\nINSERT INTO t (a)\n\nSELECT * FROM r",
    "EXPLAIN (ANALYZE)\n\nWITH r AS (SELECT 1)\nINSERT INTO t\nSELECT * FROM r",
    "EXPLAIN\nSELECT a FROM t",
    "SELECT {{ column }} FROM {{ ref('orders') }}\nWHERE a > 1",
    "CREATE FUNCTION f() RETURNS int AS $$\nSELECT 1;\n\nSELECT 2;\n$$ LANGUAGE sql",
    "SELECT a FROM t\r\nORDER BY b DESC\r\nLIMIT 5",
    'SELECT "it\'s" FROM t',
]
ROUTINES = [
    "CREATE PROCEDURE p()\nBEGIN\n  CASE a WHEN 1 THEN\n    SELECT 1;\n  ELSE\n    SELECT 2;\n  END CASE;\n  SELECT 3;\nEND",
    "CREATE PROCEDURE p()\nBEGIN\n  IF a THEN\n    SELECT CASE WHEN b THEN 1 END;\n  END IF;\nEND",
    "CREATE PROCEDURE p AS\nBEGIN\n  BEGIN TRANSACTION;\n  SELECT 1;\n  COMMIT;\nEND",
    "CREATE PROCEDURE p AS\nBEGIN\n  IF @a = 1\n  BEGIN\n    SELECT 1;\n  END\n  IF @a = 2\n    SELECT 2;\nEND",
    "CREATE OR REPLACE\nFUNCTION f() RETURNS INT\nBEGIN\n  SELECT 1;\n  RETURN 2;\nEND",
    "CREATE DEFINER=`a`@`b` TRIGGER n AFTER INSERT ON t FOR EACH ROW\nBEGIN\n  SELECT 1;\nEND",
    "create\nsecure\nfunction f()\nBEGIN\n  SELECT 1;\n  SELECT 2;\nEND",
]
COMMENTS = [
    "",
    "",
    "-- What is it?\n",
    "/* Who; is\n it? */\n",
    "\n",
    "-- don't\n",
    "# it's; what\n",
    "\\set name 'it\n",
]
statements = st.lists(
    st.tuples(st.sampled_from(COMMENTS), st.sampled_from(STATEMENTS + ROUTINES)), min_size=1, max_size=12
)


@settings(max_examples=300, deadline=None)
@given(
    statements,
    st.sampled_from([";\n", ";\n\n", "\n\n", "; ", "\nGO\n", ";\ngo 5\n", ";\n/\n"]),
    st.data(),
    st.integers(1, 200),
)
def test_the_statement_is_that_of_the_whole_text(
    parts: list[tuple[str, str]], end: str, data: st.DataObject, block_bytes: int
) -> None:
    text = "".join(comment + statement + end for comment, statement in parts).encode()
    document = Document("x.sql", text.decode(), block_bytes=block_bytes)
    offset = data.draw(st.integers(0, len(text)))
    window = sql_window(document, offset)
    assert window is not None
    start, stop = window
    seen = statement_at(mask_jinja(text[start:stop]), offset - start)
    whole = statement_at(mask_jinja(text), offset)
    assert (seen.span.start + start, seen.span.end + start) == (whole.span.start, whole.span.end)


pieces = st.sampled_from(
    ["SELECT a FROM t\n", "SELECT", "\n", "\n\n", ";", ";\n", "'", "E'", "\\'", "''", '"', "`", "/*", "*/", "--", "$$", "$a$", "(", ")",
     "{{ a }}", "{%", "%}", "{#", "#}", "\r\n", "\r", "DELIMITER //\n", "//\n", "CREATE TRIGGER x\n", "BEGIN\n", "END", "END;\n",
     "CASE ", "WITH a AS (\n", "WITH\n", "INSERT INTO t\n", "UNION\n", "é😀", " ", "GO\n", "/\n", "CREATE TABLE ", "CREATE\n", "CREATE OR", " REPLACE\n", "secure\n", "FUNCTION f\n", "END CASE;\n", "END\n", "CASE\n",
     "# it's\n", "\\d t\n", "go 2\n", "BEGIN TRAN;\n"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(pieces, max_size=40).map("".join), st.data())
def test_it_is_the_same_however_the_document_is_cut_in_blocks(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text.encode())))
    whole = sql_window(Document("x.sql", text, block_bytes=10_000), offset)
    assert sql_window(Document("x.sql", text, block_bytes=data.draw(st.integers(1, 40))), offset) == whole
    assert whole is not None
    assert whole[0] <= offset <= whole[1]


UNCUT = {
    "a trigger's body": "CREATE TRIGGER n AFTER INSERT ON t\nBEGIN\n  UPDATE u SET a = 1;\n  SELECT ⎸b;\nEND;\n",
    "a procedure": "CREATE PROCEDURE p()\nBEGIN\n  IF a THEN\n    SELECT 1;\n  END IF;\n  SELECT CASE WHEN a THEN 1 END;\n"
    "  SELECT ⎸2;\nEND;\n",
    "a procedure with CASE": "CREATE PROCEDURE p()\nBEGIN\n  CASE a WHEN 1 THEN\n    SELECT 1;\n  END CASE;\n  SELECT ⎸2;\nEND;\n",
    "a comment with a quote": "SELECT a # it's; one\n, ⎸b # it's another\nFROM t;\n",
    "another delimiter": "DELIMITER //\nSELECT 1; SELECT ⎸2;\nSELECT 3//\nDELIMITER ;\n",
    "a dollar quote": "CREATE FUNCTION f() RETURNS int AS $body$\nSELECT 1;\nSELECT ⎸2;\n$body$ LANGUAGE sql;\n",
    "a table's change": "ALTER TABLE t\nADD a INT,\nDROP COLUMN ⎸b;\n",
    "a string over lines": "SELECT 'a;b\nSELECT c; d\nSELECT ⎸e' FROM t;\n",
}


@pytest.mark.parametrize("case", UNCUT)
def test_nothing_is_cut_within(case: str) -> None:
    before, after = ("SELECT 0;\n" + UNCUT[case] + "SELECT 9;\n").split("⎸")
    window = sql_window(Document("x.sql", before + after, block_bytes=8), len(before.encode()))
    assert window is not None
    cut = (before + after)[window[0] : window[1]].strip()
    assert cut.removeprefix("DELIMITER //\n") == UNCUT[case].replace("⎸", "").strip().removeprefix(
        "DELIMITER //\n"
    ).removesuffix("\nDELIMITER ;")


@pytest.mark.parametrize("border", ["\nGO\n", "\ngo 3\n", "\n/\n", "\n\\d orders\n", "END CASE;\nEND;\n"])
def test_what_ends_a_statement_ends_the_window(border: str) -> None:
    above = "CREATE PROCEDURE p()\nBEGIN\n  CASE a WHEN 1 THEN\n    SELECT 1;\n" + border
    below = "one AS (" + border
    window = sql_window(Document("x.sql", above + below, block_bytes=8), len(above) + 3)
    assert window is not None
    assert above[window[0] :].strip() == ""


def test_a_body_that_was_left_open_keeps_the_next_routine_to_itself() -> None:
    text = "CREATE TRIGGER a AFTER INSERT ON t\nBEGIN\n  SELECT 1;\n\nCREATE TRIGGER b AFTER INSERT ON t\nBEGIN\n  SELECT 2;\nEND;\n"
    document = Document("x.sql", text)
    assert sql_window(document, text.index("2")) == (text.index("CREATE TRIGGER b"), len(text) - 1)


@pytest.mark.parametrize("end", [";\n", "\n\n", "\n"])
def test_of_a_thousand_statements_it_holds_three_at_most(end: str) -> None:
    statement = "SELECT day, COUNT(*) FROM orders WHERE day > {n} GROUP BY day" + end
    text = "".join(statement.format(n=n) for n in range(1_000, 2_000))
    document = Document("x.sql", text)
    offset = text.index("1707")
    window = sql_window(document, offset)
    assert window is not None
    assert window[0] <= offset <= window[1]
    assert window[1] - window[0] <= 3 * len(statement)


def test_a_statement_of_seventy_kilobytes_is_declined_in_one_sentence() -> None:
    text = "SELECT 1;\nINSERT INTO t VALUES\n" + "(1, 'a', 2.5),\n" * 5_000 + "(1, 'b', 3);\nSELECT 2;\n"
    document = Document("dump.sql", text)
    with pytest.raises(UnderstudyError, match=r"dump\.sql: the statement at the cursor is longer than 64 KB"):
        extract(document, 35_000, language="sql")
    assert extract(document, 5, language="sql") is not None
    assert extract(document, len(text) - 3, language="sql") is not None


def test_in_a_comment_of_half_a_megabyte_there_is_no_place_for_sql() -> None:
    document = Document("x.sql", "SELECT 1;\n/*" + "old;\n" * 100_000 + "*/\nSELECT 2;\n")
    assert extract(document, 250_000, language="sql") is None
