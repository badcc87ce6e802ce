"""What one DDL statement or migration step does to a schema, as records; knows neither SQL nor Python."""

from attrs import frozen

from understudy_knowledge.catalog.model import Column, ForeignKey, Table


@frozen
class Name:
    """A table as it was written: `namespace` is dotted and empty where none was given; both are unquoted."""

    name: str
    namespace: str = ""

    @property
    def path(self) -> str:
        """Dotted, as `Catalog.table` takes it."""
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


@frozen
class CreateTable:
    """`table` begins with the columns of `like`, which LIKE, CLONE, INHERITS or PARTITION OF name."""

    table: Table
    like: tuple[Name, ...] = ()


@frozen
class CreateFrom:
    """A view or table made of a query: `columns` renames its outputs where the statement lists them."""

    table: Table
    """The table without columns: its name, kind, comment and source."""
    query: str
    columns: tuple[str, ...] = ()
    dialect: str = ""


@frozen
class DropTable:
    """The table, or a view of that name, goes."""

    name: Name


@frozen
class RenameTable:
    """`namespace` is None where it stays as it was; so is `name`."""

    old: Name
    name: str | None = None
    namespace: str | None = None


@frozen
class AddColumn:
    """Nothing happens where the table has a column of that name."""

    table: Name
    column: Column


@frozen
class DropColumn:
    """The column goes, and out of the keys it was part of."""

    table: Name
    column: str


@frozen
class RenameColumn:
    """Keys follow, here and in the tables that refer to this one."""

    table: Name
    old: str
    new: str


@frozen
class AlterColumn:
    """What is None stays as it was; `redefined` is the whole column anew, its name included."""

    table: Name
    name: str
    type: str | None = None
    nullable: bool | None = None
    redefined: Column | None = None


@frozen
class AddPrimaryKey:
    """The key of the table is made of these columns."""

    table: Name
    columns: tuple[str, ...]


@frozen
class AddForeignKey:
    """`key.ref_columns` is empty where the parent's primary key is meant."""

    table: Name
    key: ForeignKey


@frozen
class CommentOn:
    """About the whole table where `column` is empty."""

    table: Name
    text: str
    column: str = ""


@frozen
class ListValues:
    """The type of that name holds these values: columns of that type can hold no others."""

    type: Name
    values: tuple[str, ...]


Change = (
    CreateTable
    | CreateFrom
    | DropTable
    | RenameTable
    | AddColumn
    | DropColumn
    | RenameColumn
    | AlterColumn
    | AddPrimaryKey
    | AddForeignKey
    | CommentOn
    | ListValues
)
