"""SQL that polars runs sees frames as tables: those in scope, or those that its context was given."""

import pytest

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.extract import extract
from understudy_server.context.notebook.cells import Cell
from understudy_server.context.query_context import QueryContext, VisibleRelation
from understudy_server.context.text.document import Document

CATALOG = Catalog((Table("lf", (Column("other"),)),))
FRAMES = 'import polars as pl\nlf = pl.DataFrame({"u": [1], "v": [2]})\ndf = pl.DataFrame({"w": [1]})\n'


def context_at(code: str, cells: tuple[Cell, ...] | None = None) -> QueryContext:
    before, after = code.split("⎸")
    document = Document("a.py", before + after)
    found = extract(document, len(before.encode()), language="python", catalog=CATALOG, cells_above=cells)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("call", "table"),
    [
        ('pl.sql("SELECT ⎸ FROM lf")', "lf"),
        ('polars.sql(\n    query="SELECT ⎸ FROM lf",\n)', "lf"),
        ('pl.SQLContext(lf=lf).execute("SELECT ⎸ FROM lf")', "lf"),
        ('pl.SQLContext({"t": lf}, eager=True).execute("SELECT ⎸ FROM t")', "t"),
        ('ctx = pl.SQLContext(frames={"t": lf})\nctx.execute("SELECT ⎸ FROM t")', "t"),
        ('ctx = pl.SQLContext()\nctx.register("t", lf)\nctx.execute("SELECT ⎸ FROM t")', "t"),
        ('ctx = SQLContext(s=df)\nctx.register_many({"t": lf})\nctx.execute("SELECT ⎸ FROM t")', "t"),
        ('ctx = pl.SQLContext(register_globals=True)\nctx.execute("SELECT ⎸ FROM lf")', "lf"),
        ('with pl.SQLContext(t=lf) as ctx:\n    ctx.execute("SELECT ⎸ FROM t")', "t"),
    ],
)
def test_a_frame_is_a_table_with_its_columns(call: str, table: str) -> None:
    found = context_at(FRAMES + call)
    assert found.relations == (VisibleRelation(table, None, ("u", "v"), "frame"),)
    assert found.dialect == "postgres"


def test_behind_from_stand_the_frames_that_the_context_was_given() -> None:
    found = context_at(FRAMES + 'ctx = pl.SQLContext(t=lf)\nctx.execute("SELECT * FROM ⎸")')
    assert [relation.name for relation in found.relations] == ["t"]
    found = context_at(FRAMES + 'pl.sql("SELECT * FROM ⎸")')
    assert sorted(relation.name for relation in found.relations) == ["df", "lf"]


def test_a_context_made_in_a_cell_above_is_known() -> None:
    cells = (Cell(Document("n:1", FRAMES + "ctx = pl.SQLContext(t=lf)\n")),)
    (relation,) = context_at('ctx.execute("SELECT ⎸ FROM t")', cells).relations
    assert relation.columns == ("u", "v")


@pytest.mark.parametrize(
    "call",
    [
        'con.execute("SELECT ⎸ FROM lf")',
        'spark.sql("SELECT ⎸ FROM lf")',
        'pl.read_database("SELECT ⎸ FROM lf", con)',
        'ctx = pl.SQLContext(lf=lf)\ncon.execute("SELECT ⎸ FROM lf")',
        'ctx = pl.SQLContext(lf=lf)\nmy.ctx.execute("SELECT ⎸ FROM lf")',
    ],
)
def test_what_polars_does_not_run_sees_the_database(call: str) -> None:
    (relation,) = context_at(FRAMES + call).relations
    assert relation.columns == ("other",)


@pytest.mark.parametrize(
    "made", ["SQLContext(" + "(" * 5_000, "SQLContext(", "SQLContext(t=", "SQLContext(lf=lf"]
)
def test_a_context_that_is_being_written_is_no_obstacle(made: str) -> None:
    assert context_at(FRAMES + f'ctx = {made}\n)\nctx.execute("SELECT ⎸ FROM lf")') is not None
