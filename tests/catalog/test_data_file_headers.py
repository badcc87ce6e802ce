"""Columns of CSV and Parquet files from their first bytes."""

import gzip
import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.catalog import discover
from understudy_knowledge.catalog.csv_headers import read_csv_header
from understudy_knowledge.errors import DataSourceError


def header(folder: Path, data: bytes) -> list[tuple[str, str]]:
    (folder / "x.csv").write_bytes(data)
    return [(column.name, column.type) for column in read_csv_header(folder / "x.csv", "x.csv")]


def test_types_and_samples_come_from_the_first_rows(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(
        "id,name,price,on,at,ok,zip\n1,Ann,1.5,2024-01-02,2024-01-02T10:00:00Z,true,00123\n2,Bob,,2024-01-03,2024-01-02 11:00,False,99\n3,Ann,NA,,,,\n",
        "utf-8",
    )
    columns = read_csv_header(tmp_path / "x.csv", "x.csv")
    assert [(column.name, column.type, column.family, column.nullable) for column in columns] == [
        ("id", "BIGINT", "integer", False),
        ("name", "VARCHAR", "text", False),
        ("price", "DOUBLE", "number", True),
        ("on", "DATE", "date", True),
        ("at", "TIMESTAMP", "date", True),
        ("ok", "BOOLEAN", "boolean", True),
        ("zip", "BIGINT", "integer", True),
    ]
    assert columns[1].samples == ("Ann", "Bob")
    assert columns[0].samples == (1, 2, 3)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'\xef\xbb\xbf"a b";"c;d"\n1;2\n', ["a b", "c;d"]),
        (b"a\tb, c\n1\t2\n", ["a", "b, c"]),
        (b"a|b|c\n1|2|3\n", ["a", "b", "c"]),
        ("a,b\n1,2\n".encode("utf-16"), ["a", "b"]),
        (b'a,"b\nc",a,\n1,2,3,4\n', ["a", "b c"]),
        (b"name\nAnn\nBob\n", ["name"]),
        (b"1,2,3\n4,5,6\n", []),
        (b"", []),
        (b"id,2023,2024\n1,5,6\n", ["id", "2023", "2024"]),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), ["a", "b"]),
    ],
)
def test_headers_of_many_kinds(data: bytes, expected: list[str], tmp_path: Path) -> None:
    assert [name for name, _ in header(tmp_path, data)] == expected


def test_a_large_file_is_read_at_its_head_alone(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "x.csv", "wb") as file:
        file.write(b"a,b\n" + b"1,x\n" * 500_000)
    assert [(column.name, column.type) for column in read_csv_header(tmp_path / "x.csv", "x.csv")] == [
        ("a", "BIGINT"),
        ("b", "VARCHAR"),
    ]


@pytest.mark.parametrize("data", [b"a,b\x00c\n", b"\x1f\x8b\x08broken", b"\x1f\x8b"])
def test_what_is_no_csv_costs_one_sentence(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(data)
    with pytest.raises(DataSourceError, match=r"x\.csv"):
        read_csv_header(tmp_path / "x.csv", "x.csv")
    assert len(discover(tmp_path).notes) == 1


@given(st.binary(max_size=300))
def test_no_bytes_stop_the_reader(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.csv").write_bytes(data)
        try:
            columns = read_csv_header(Path(folder) / "x.csv", "x.csv")
        except DataSourceError:
            return
        assert all(column.name.strip() for column in columns)


def test_a_file_is_found_by_stem_name_and_path_but_is_no_table_of_the_database(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text("CREATE TABLE sales (id INT);", "utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "Sales.csv").write_text("day,amount\n2024-01-01,3\n", "utf-8")
    (tmp_path / "data" / "targets.tsv").write_text("month\ttarget\n2024-01\t3\n", "utf-8")
    catalog = discover(tmp_path)
    assert [table.name for table in catalog.tables] == ["sales"]
    for name in ("targets", "targets.tsv", "data/targets.tsv"):
        found = catalog.table(name)
        assert found is not None
        assert (found.source, [column.name for column in found.columns]) == (
            "data/targets.tsv",
            ["month", "target"],
        )
    by_name, by_path = catalog.table("sales"), catalog.table("data/Sales.csv")
    assert by_name is not None
    assert by_path is not None
    assert ([column.name for column in by_name.columns], by_path.columns[0].name) == (["id"], "day")


def test_parquet_files_are_read_by_their_footers_or_say_what_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "facts.parquet"
    if importlib.util.find_spec("duckdb") is None:
        path.write_bytes(b"PAR1")
        assert discover(tmp_path).notes == (
            "The columns of facts.parquet are not known: `pip install understudy[duckdb]` reads them.",
        )
        return
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT 1::INTEGER AS id, 'x' AS name, DATE '2024-01-01' AS on_day"
        )
        connection.table("t").write_parquet(str(path))
    found = discover(tmp_path).table("facts")
    assert found is not None
    assert [(column.name, column.type, column.family) for column in found.columns] == [
        ("id", "INTEGER", "integer"),
        ("name", "VARCHAR", "text"),
        ("on_day", "DATE", "date"),
    ]
    assert (found.rows, found.source) == (1, "facts.parquet")
    path.write_bytes(b"PAR1 not really")
    assert "facts.parquet" in discover(tmp_path).notes[0]
