"""Tables of SQLAlchemy models of every style, read without importing them."""

import textwrap
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog, ForeignKey, Table
from understudy_knowledge.catalog.orm_modules import read_modules
from understudy_knowledge.catalog.sqlalchemy_models import sqlalchemy_models
from understudy_knowledge.catalog.tree import walk


def read(root: Path, **files: str) -> Catalog:
    for name, text in files.items():
        (root / f"{name}.py").write_text(textwrap.dedent(text), "utf-8")
    (source,) = sqlalchemy_models(walk(root))
    return source.read(Catalog)


def table(catalog: Catalog, name: str) -> Table:
    found = catalog.table(name)
    assert found is not None
    return found


def columns(catalog: Catalog, name: str) -> dict[str, str]:
    return {column.name: column.type for column in table(catalog, name).columns}


def test_classic_declarations(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        models="""
        import sqlalchemy as sa
        from sqlalchemy import Column as C
        from sqlalchemy.orm import declarative_base, relationship, deferred
        Base = declarative_base()
        LENGTH = 40

        class User(Base):
            '''People who log in.

            Nothing more.'''
            __tablename__ = "users"
            __table_args__ = (sa.UniqueConstraint("email"), {"schema": "crm"})
            id = sa.Column(sa.Integer, primary_key=True)
            email = sa.Column("mail", sa.String(80), nullable=False, comment="lower case")
            kind = C(sa.Enum("a", "b", name="kinds"), default="a")
            notes = deferred(sa.Column(sa.Text))
            data = sa.Column(sa.JSON().with_variant(JSONB(), "postgresql"))
            posts = relationship("Post")

        class Post(Base):
            __tablename__ = "posts"
            __table_args__ = (sa.PrimaryKeyConstraint("id", "part"), sa.ForeignKeyConstraint(["x", "y"], ["crm.t.a", "crm.t.b"]))
            id = sa.Column(sa.BigInteger)
            part = sa.Column(sa.SmallInteger)
            author_id = sa.Column(sa.ForeignKey("crm.users.id"))
            x = sa.Column(sa.Numeric(10, 2))
            y = sa.Column(sa.DateTime(timezone=True))
        """,
    )
    users, posts = table(catalog, "crm.users"), table(catalog, "posts")
    assert columns(catalog, "users") == {
        "id": "INTEGER",
        "mail": "VARCHAR(80)",
        "kind": "VARCHAR",
        "notes": "TEXT",
        "data": "JSON",
    }
    assert (users.comment, users.source, users.primary_key) == ("People who log in.", "models.py:8", ("id",))
    assert (users.columns[1].comment, users.columns[1].nullable) == ("lower case", False)
    assert users.columns[2].samples == ("a", "b")
    assert posts.primary_key == ("id", "part")
    assert columns(catalog, "posts")["author_id"] == "INTEGER"
    assert posts.foreign_keys == (
        ForeignKey(("author_id",), "crm.users", ("id",)),
        ForeignKey(("x", "y"), "crm.t", ("a", "b")),
    )


def test_annotated_declarations_of_version_two(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        base="""
        from typing import Annotated
        from sqlalchemy import MetaData, String
        from sqlalchemy.orm import DeclarativeBase, mapped_column, Mapped
        intpk = Annotated[int, mapped_column(primary_key=True)]
        str30 = Annotated[str, mapped_column(String(30))]

        class Base(DeclarativeBase):
            metadata = MetaData(schema="app")

        class Stamped:
            created_at: Mapped[datetime] = mapped_column(doc="when it was made")
        """,
        models="""
        from base import Base, Stamped, intpk, str30
        from sqlalchemy.orm import Mapped, mapped_column, relationship

        class Item(Stamped, Base):
            __tablename__ = "item"
            id: Mapped[intpk]
            name: Mapped[str30]
            price: Mapped[float | None]
            stock: Mapped["int"] = mapped_column("in_stock", default=0)
            owner_id: Mapped[Optional[int]] = mapped_column(ForeignKey(Owner.id))
            owner: Mapped["Owner"] = relationship()

        class Owner(Base):
            __tablename__ = "owner"
            id: Mapped[intpk]
            items: Mapped[list["Item"]] = relationship(back_populates="owner")
        """,
    )
    assert columns(catalog, "app.item") == {
        "id": "INTEGER",
        "name": "VARCHAR(30)",
        "price": "FLOAT",
        "in_stock": "INTEGER",
        "owner_id": "INTEGER",
        "created_at": "DATETIME",
    }
    item = table(catalog, "item")
    assert {column.name for column in item.columns if column.nullable} == {"price", "owner_id"}
    assert item.foreign_keys == (ForeignKey(("owner_id",), "owner", ("id",)),)
    assert item.columns[-1].comment == "when it was made"


def test_frameworks_name_tables_their_own_way(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        flask="""
        db = SQLAlchemy()
        class OrderLine(db.Model):
            id = db.Column(db.Integer, primary_key=True)
        class HTTPLog(db.Model):
            __tablename__ = "http"
            id = db.Column(db.Integer, primary_key=True)
        """,
        hero="""
        from sqlmodel import SQLModel, Field, Relationship
        class HeroBase(SQLModel):
            name: str = Field(index=True, max_length=20, description="as printed")
        class HeroPublic(HeroBase):
            id: int
        class SuperHero(HeroBase, table=True):
            id: int | None = Field(default=None, primary_key=True)
            team_id: int | None = Field(default=None, foreign_key="team.id")
            team: "Team" = Relationship()
            meta: dict = Field(sa_column=Column("metadata", JSON))
        """,
        named="""
        from sqlalchemy.orm import declared_attr, DeclarativeBase
        class Base(DeclarativeBase):
            @declared_attr.directive
            def __tablename__(cls) -> str:
                return cls.__name__.lower() + "s"
            @declared_attr
            def tenant(cls):
                return Column(String(9), ForeignKey("tenants.id"))
        class Tree(Base):
            id = Column(Integer, primary_key=True)
        """,
    )
    assert {table.name: [column.name for column in table.columns] for table in catalog.tables} == {
        "order_line": ["id"],
        "http": ["id"],
        "superhero": ["id", "team_id", "metadata", "name"],
        "trees": ["id", "tenant"],
    }
    hero = table(catalog, "superhero")
    assert hero.foreign_keys == (ForeignKey(("team_id",), "team", ("id",)),)
    assert (hero.columns[-1].type, hero.columns[-1].comment) == ("VARCHAR(20)", "as printed")


def test_inheritance_in_one_table_and_in_joined_ones(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        models="""
        from sqlalchemy import Column, Integer, String, ForeignKey
        class Employee(Base):
            __tablename__ = "employee"
            id = Column(Integer, primary_key=True)
            type = Column(String(20))
        class Manager(Employee):
            budget = Column(Integer)
        class Engineer(Employee):
            __tablename__ = "engineer"
            id = Column(ForeignKey("employee.id"), primary_key=True)
            language = Column(String)
        class Abstract(Base):
            __abstract__ = True
            id = Column(Integer, primary_key=True)
        """,
    )
    assert columns(catalog, "employee") == {"id": "INTEGER", "type": "VARCHAR(20)", "budget": "INTEGER"}
    assert columns(catalog, "engineer") == {"id": "INTEGER", "language": "VARCHAR"}
    assert len(catalog.tables) == 2


def test_tables_of_the_core_and_names_that_are_computed(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        core="""
        from sqlalchemy import Table as DBTable, Table, Column, Integer, MetaData, String, TypeDecorator
        PREFIX = "app_"
        meta = MetaData(schema="s")
        class Encrypted(TypeDecorator):
            impl = String(200)
        link = DBTable("aliased", MetaData(), Column("x", Integer))
        class Shape:
            __tablename__ = None
            size = Column(Integer)
        class Circle(Base, Shape):
            __tablename__ = "circles"
            radius = Column(Integer)
        t = Table(PREFIX + "users", meta, Column("id", Integer, primary_key=True), Column("secret", Encrypted()), comment="c")
        class Link(Base):
            __table__ = Table(f"{PREFIX}link", meta, Column("a", ForeignKey("s.app_users.id")))
        """,
    )
    assert columns(catalog, "s.app_users") == {"id": "INTEGER", "secret": "VARCHAR(200)"}
    assert columns(catalog, "s.app_link") == {"a": "INTEGER"}
    assert columns(catalog, "aliased") == {"x": "INTEGER"}
    assert columns(catalog, "circles") == {"radius": "INTEGER", "size": "INTEGER"}


def test_a_broken_file_costs_one_sentence_and_others_are_not_parsed(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        broken="from sqlalchemy import Column\nid = Column(\nclass X:\n",
        plain="def f(:\n",  # no word of a model: its errors are none of our business
        good="import sqlalchemy\nclass A(Base):\n    __tablename__ = 'a'\n    id = Column(Integer)\n",
    )
    assert [found.name for found in catalog.tables] == ["a"]
    assert catalog.notes == ("broken.py:2: models skipped, the file is not valid Python.",)


def test_classes_that_go_round_in_circles_end(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        loop="""
        import sqlalchemy
        A = B
        B = A
        class X(Y): __tablename__ = A
        class Y(X):
            __tablename__ = "y"
            id = Column(A, ForeignKey("y.id"))
        """,
    )
    assert [found.name for found in catalog.tables] == ["y"]


@given(st.binary(max_size=60))
def test_no_bytes_stop_the_reader(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "m.py").write_bytes(b"class A(Base):\n    __tablename__ = 'a'\n" + data)
        read_modules(Path(folder), ["m.py"], (b"__tablename__",))
