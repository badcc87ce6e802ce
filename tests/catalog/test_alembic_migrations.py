"""Alembic revisions read without running them."""

import textwrap
from pathlib import Path

from understudy_knowledge.catalog import Catalog, ForeignKey, discover

FIRST = """
import sqlalchemy as sa
from alembic import op
revision = "aaa"
down_revision = None
def upgrade():
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False, comment="the key"),
        sa.Column("name", sa.String(length=40)),
        sa.Column("gone", sa.Text),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table("scratch", sa.Column("x", sa.Integer))
def downgrade():
    op.drop_table("users")
"""
SECOND = """
from alembic import op
import sqlalchemy as sa
TABLE = "users"
revision: str = "zzz"
down_revision: str = "aaa"
def upgrade():
    with op.batch_alter_table(TABLE, schema=None) as batch:
        batch.add_column(sa.Column("team_id", sa.BigInteger, sa.ForeignKey("teams.id"), nullable=True))
        batch.drop_column("gone")
        batch.alter_column("name", new_column_name="full_name", existing_type=sa.String(40), type_=sa.String(80), nullable=False)
    _more()
def _more():
    op.create_table("teams", sa.Column("id", sa.BigInteger, primary_key=True), schema="crm")
    op.drop_table("scratch")
    op.execute("ALTER TABLE users ADD COLUMN at TIMESTAMP")
    op.rename_table("users", "people")
"""
THIRD = """
from shared import add_columns, drop_columns
from alembic import op
revision = "mmm"
down_revision = ("zzz",)
def upgrade():
    if True:
        add_columns("people", sa.Column("one", sa.Integer), sa.Column("two", sa.Integer))
    drop_columns("people", "one")
    for name in names():
        op.drop_column("people", name)
    op.create_foreign_key("fk", "people", "people", ["two"], ["id"])
"""


def read(root: Path, **files: str) -> Catalog:
    folder = root / "alembic" / "versions"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text), "utf-8")
    return discover(root)


def test_revisions_follow_each_other_whatever_their_files_are_called(tmp_path: Path) -> None:
    catalog = read(tmp_path, c_first=FIRST, b_second=SECOND, a_third=THIRD)
    assert catalog.notes == ()
    assert sorted(table.path for table in catalog.tables) == ["crm.teams", "people"]
    people = catalog.table("people")
    assert people is not None
    assert [(column.name, column.type, column.nullable) for column in people.columns] == [
        ("id", "INTEGER", False),
        ("full_name", "VARCHAR(80)", False),
        ("team_id", "BIGINT", True),
        ("at", "TIMESTAMP", True),
        ("two", "INTEGER", True),
    ]
    assert (people.primary_key, people.columns[0].comment) == (("id",), "the key")
    assert people.columns[2].source == "alembic/versions/b_second.py:9"
    assert people.foreign_keys == (
        ForeignKey(("team_id",), "teams", ("id",)),
        ForeignKey(("two",), "people", ("id",)),
    )


def test_models_count_before_their_revisions(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(
        "from sqlalchemy import Column\nclass U(Base):\n    __tablename__ = 'users'\n    id = Column(BigInteger, primary_key=True)\n",
        "utf-8",
    )
    users = read(tmp_path, first=FIRST).table("users")
    assert users is not None
    assert [(column.name, column.type, column.comment) for column in users.columns] == [
        ("id", "BIGINT", "the key")
    ]


def test_a_broken_revision_costs_one_sentence_and_circles_end(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        first=FIRST.replace("None", '"bbb"', 1),
        circle="revision = 'bbb'\ndown_revision = 'aaa'\ndef upgrade(): pass\n",
        broken="revision = (",
    )
    assert catalog.table("users") is not None
    assert catalog.notes == ("alembic/versions/broken.py: revision skipped, the file is not valid Python.",)
