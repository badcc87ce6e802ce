"""Where statements begin and end, in scripts of every client."""

import pytest

from understudy_server.context.sql.statements import split_statements, statement_at

TRIGGER = """CREATE TRIGGER t AFTER INSERT ON orders BEGIN
  UPDATE orders SET total = CASE WHEN total > 1 THEN 1 ELSE 0 END;
  DELETE FROM log;
END"""
CASES = """CREATE PROCEDURE p() BEGIN
  CASE x WHEN 1 THEN
    SELECT CASE WHEN a THEN 1 END;
  END CASE;
  SELECT 2;
END"""
PROCEDURE = """CREATE PROCEDURE p() BEGIN
  IF x THEN
    SELECT 1;
  END IF;
  SELECT 2;
END"""


def split(text: str) -> list[str]:
    raw = text.encode()
    return [raw[one.span.start : one.span.end].decode() for one in split_statements(raw)]


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        (f"{TRIGGER};\nSELECT 1;", [TRIGGER, "SELECT 1"]),
        (f"{PROCEDURE};\nSELECT 3", [PROCEDURE, "SELECT 3"]),
        (f"DELIMITER //\n{PROCEDURE}//\nDELIMITER ;\nSELECT 3;", [PROCEDURE, "SELECT 3"]),
        (f"DELIMITER $$\n{PROCEDURE}$$\nDELIMITER ;\nSELECT 3;", [PROCEDURE, "SELECT 3"]),
        ("ALTER VIEW v AS\nSELECT 1\n\nALTER VIEW w AS\nSELECT 2", ["ALTER VIEW v AS\nSELECT 1", "ALTER VIEW w AS\nSELECT 2"]),
        ("ALTER TABLE t\n  ALTER COLUMN a INT\n\nSELECT 2", ["ALTER TABLE t\n  ALTER COLUMN a INT", "SELECT 2"]),
        ("SELECT a FROM t\nGO\nSELECT b FROM t\nGO 5\nSELECT 1", ["SELECT a FROM t", "SELECT b FROM t", "SELECT 1"]),
        (f"{CASES};\nSELECT 3;\nSELECT 4", [CASES, "SELECT 3", "SELECT 4"]),
        (f"SELECT 1\n\n{CASES}\n\nSELECT 3; SELECT 4", ["SELECT 1", CASES, "SELECT 3", "SELECT 4"]),
        (f"{PROCEDURE}\nGO\n{TRIGGER}\nGO\nSELECT 3", [PROCEDURE, TRIGGER, "SELECT 3"]),
        ("CREATE PROC p AS\nBEGIN TRAN;\nSELECT 1;", ["CREATE PROC p AS\nBEGIN TRAN", "SELECT 1"]),
        ("CREATE PROC p\nWITH EXECUTE AS OWNER\nAS BEGIN\nSELECT 1;\nEND", ["CREATE PROC p\nWITH EXECUTE AS OWNER\nAS BEGIN\nSELECT 1;\nEND"]),
        ("SELECT a AS go FROM t", ["SELECT a AS go FROM t"]),
        ("SELECT a FROM t\n/\nSELECT b FROM t", ["SELECT a FROM t", "SELECT b FROM t"]),
        ("SELECT a\n  / b FROM t", ["SELECT a\n  / b FROM t"]),
        ("SELECT 1 \\g\nSELECT 2;\n\\d+ orders\nSELECT 3", ["SELECT 1", "SELECT 2", "SELECT 3"]),
        ("\\c other\n\nSELECT 1", ["SELECT 1"]),
        ("SELECT 1\nSELECT 2", ["SELECT 1", "SELECT 2"]),
        ("BEGIN;\nSELECT 1;\nCOMMIT;", ["BEGIN", "SELECT 1", "COMMIT"]),
        ("CREATE FUNCTION f() AS $$ SELECT 1; $$ LANGUAGE sql;\nSELECT 2", ["CREATE FUNCTION f() AS $$ SELECT 1; $$ LANGUAGE sql", "SELECT 2"]),
        ("SELECT 1 # one; really\n, 2;\nSELECT 3", ["SELECT 1 # one; really\n, 2", "SELECT 3"]),
        ("SELECT * FROM #tmp; SELECT 1", ["SELECT * FROM #tmp", "SELECT 1"]),
    ],
)  # fmt: skip
def test_a_script_falls_into_its_statements(text: str, statements: list[str]) -> None:
    assert split(text) == statements


def test_a_command_of_a_client_parts_what_is_around_it() -> None:
    text = b"SELECT 1\n\\echo next\n\nSELECT 2"
    assert statement_at(text, 5).span.end == len(b"SELECT 1")
    assert text[statement_at(text, len(text)).span.start :] == b"SELECT 2"


BETWEEN = ["\n", "\n\n", "\n-- why\n", "\n\n/* why;\n\nSELECT */\n\n"]
QUERY = ["WITH a AS (\nSELECT 1 AS n\n), b AS (SELECT 2)", "SELECT n FROM a, b"]


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize(
    "parts",
    [
        ["CREATE VIEW v AS", *QUERY],
        ["CREATE OR REPLACE VIEW v (n)", "AS", *QUERY],
        ["CREATE MATERIALIZED VIEW v AS", *QUERY],
        ["CREATE TABLE t AS", *QUERY],
        ["CREATE TABLE t", "WITH (format = 1)", "AS", *QUERY],
        ["ALTER VIEW v AS", *QUERY],
        ["INSERT INTO t", *QUERY],
        ["INSERT INTO t (n)", *QUERY],
        ["INSERT OVERWRITE t", *QUERY],
        ["WITH a AS (SELECT 1)", "INSERT INTO t", "SELECT n FROM a"],
        ["EXPLAIN", *QUERY],
        ["EXPLAIN ANALYZE", *QUERY],
        ["EXPLAIN (ANALYZE, BUFFERS)", *QUERY],
        ["EXPLAIN (ANALYZE)", "INSERT INTO t", "SELECT n FROM u"],
        ["WITH RECURSIVE a AS (SELECT 1)", "SELECT n FROM a", "UNION ALL", "SELECT n FROM u"],
    ],
)
def test_a_query_that_belongs_to_the_words_above_it_is_not_cut_off(parts: list[str], between: str) -> None:
    statement = between.join(parts)
    assert split(f"SELECT 0\n\n{statement}\n\nSELECT 9") == ["SELECT 0", statement, "SELECT 9"]
    assert split(f"{statement};\nSELECT 9") == [statement, "SELECT 9"]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("CREATE VIEW v AS\nWITH a AS (SELECT 1)", "SELECT n FROM other"),
        ("CREATE VIEW v AS\nWITH a AS (SELECT 1)\nSELECT n FROM a", "SELECT n FROM other"),
        ("CREATE VIEW v AS\nWITH a AS (SELECT 1)\nSELECT n FROM a", "WITH a AS (SELECT 2)\nSELECT n FROM a"),
        ("INSERT INTO t\nWITH a AS (SELECT 1)\nSELECT n FROM a", "SELECT n FROM other"),
        ("WITH a AS (SELECT 1)\nINSERT INTO t\nSELECT n FROM a", "SELECT n FROM a"),
        ("INSERT INTO t VALUES (1)", "SELECT n FROM other"),
        ("SELECT REPLACE(n, 'a', 'b')\nFROM t", "SELECT n FROM other"),
        ("CREATE VIEW v WITH SCHEMABINDING AS\nSELECT n FROM t", "SELECT n FROM schemabinding"),
    ],
)  # fmt: skip
def test_one_that_stands_for_itself_is(above: str, below: str) -> None:
    assert split(f"{above}\n\n{below}") == [above, below]
