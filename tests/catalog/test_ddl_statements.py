"""DDL as every engine writes it and dumps it: what stands after all of it was replayed."""

import sqlite3
from contextlib import closing

import pytest

from understudy_knowledge.catalog.ddl import read_ddl, read_open_ddl
from understudy_knowledge.catalog.model import Catalog, ForeignKey, Table


def table(text: str, dialect: str, name: str) -> Table:
    found = read_open_ddl(text, dialect=dialect, source="f.sql").table(name)
    assert found is not None
    return found


def columns(text: str, dialect: str, name: str) -> list[tuple[str, str]]:
    return [(column.name, column.type) for column in table(text, dialect, name).columns]


def test_a_script_of_sql_server_needs_no_semicolons() -> None:
    text = """USE [shop]
GO
IF NOT EXISTS (SELECT * FROM sys.objects)
BEGIN
CREATE TABLE [dbo].[Orders](
    [OrderID] [int] IDENTITY(1,1) NOT NULL, -- from the till
    [Total]  AS ([Qty]*[Price]) PERSISTED,
    [Key] [nvarchar](50) NULL,
    CONSTRAINT [PK] PRIMARY KEY CLUSTERED ([OrderID] ASC) WITH (PAD_INDEX = OFF) ON [PRIMARY]
) ON [PRIMARY]
END
GO
CREATE TABLE dbo.Lines (OrderID int, Qty int)
CREATE TABLE #scratch (a int)
ALTER TABLE dbo.Lines WITH CHECK ADD CONSTRAINT [FK] FOREIGN KEY([OrderID])
REFERENCES [dbo].[Orders] ([OrderID])
ALTER TABLE dbo.Lines ADD x int, y varchar(10) NOT NULL
EXEC sp_rename N'dbo.Lines.y', N'z', 'COLUMN'
EXEC sys.sp_addextendedproperty @name=N'MS_Description', @value=N'Units', @level0type=N'SCHEMA',
    @level0name=N'dbo', @level1type=N'TABLE', @level1name=N'Lines', @level2type=N'COLUMN', @level2name=N'Qty'
GO
CREATE PROCEDURE p AS
BEGIN
  DROP TABLE dbo.Lines;
  CREATE TABLE dbo.Never (a int);
END
GO
"""
    catalog = read_open_ddl(text, dialect="tsql", source="f.sql")
    assert [(table.path, table.source) for table in catalog.tables] == [
        ("dbo.Orders", "f.sql:5"),
        ("dbo.Lines", "f.sql:13"),
    ]
    orders, lines = catalog.tables
    assert [(column.name, column.type) for column in orders.columns] == [
        ("OrderID", "int"),
        ("Total", ""),
        ("Key", "nvarchar(50)"),
    ]
    assert (orders.primary_key, orders.columns[0].comment) == (("OrderID",), "from the till")
    assert [column.name for column in lines.columns] == ["OrderID", "Qty", "x", "z"]
    assert lines.columns[1].comment == "Units"
    assert lines.foreign_keys == (ForeignKey(("OrderID",), "dbo.Orders", ("OrderID",)),)


MYSQLDUMP = r"""-- MySQL dump 10.13
/*!40101 SET NAMES utf8 */;
DROP TABLE IF EXISTS `users`;
CREATE TABLE `users` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `kind` enum('a','b''c') CHARACTER SET utf8 NOT NULL DEFAULT 'a' COMMENT 'what; it\'s',
  `key` varchar(10) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `k` (`key`),
  KEY `idx` (`kind`(10)),
  CONSTRAINT `fk` FOREIGN KEY (`kind`) REFERENCES `kinds` (`k`) ON DELETE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8 COMMENT='people; all';
LOCK TABLES `users` WRITE;
INSERT INTO `users` VALUES (1,'it\'s; ok\n);'),
(2,'CREATE TABLE no (x int);');
UNLOCK TABLES;
DELIMITER ;;
CREATE TRIGGER x BEFORE INSERT ON users FOR EACH ROW BEGIN CREATE TABLE nono (a int); END ;;
DELIMITER ;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */
/*!50001 VIEW `v` AS select `u`.`id` AS `id` from `users` `u` */;
"""


def test_a_dump_of_mysql_is_read_without_its_data() -> None:
    catalog = read_open_ddl(MYSQLDUMP, dialect="mysql", source="f.sql")
    assert [table.name for table in catalog.tables] == ["users", "v"]
    users, view = catalog.tables
    assert (users.comment, users.primary_key) == ("people; all", ("id",))
    assert [(column.name, column.type) for column in users.columns] == [
        ("id", "bigint(20) unsigned"),
        ("kind", "enum('a','b''c')"),
        ("key", "varchar(10)"),
    ]
    assert users.columns[1].samples == ("a", "b'c")
    assert users.foreign_keys == (ForeignKey(("kind",), "kinds", ("k",)),)
    assert (view.kind, view.columns[0].type) == ("view", "bigint(20) unsigned")


def test_mysql_changes_columns_in_its_own_words() -> None:
    text = """CREATE TABLE t (a int, `key` int, c int);
    ALTER TABLE t CHANGE COLUMN `key` code varchar(20) NOT NULL, ADD KEY (code), MODIFY c text, ADD (x int, y int), DROP FOREIGN KEY f;
    RENAME TABLE t TO u;"""
    assert columns(text, "mysql", "u") == [
        ("a", "int"),
        ("code", "varchar(20)"),
        ("c", "text"),
        ("x", "int"),
        ("y", "int"),
    ]


PG_DUMP = r"""
SET search_path = public;
\restrict token
CREATE TYPE public.mood AS ENUM ('sad', 'ok');
CREATE TABLE public.users (
    id bigint NOT NULL,
    m public.mood DEFAULT 'ok'::public.mood,
    at timestamp(6) with time zone DEFAULT now() NOT NULL,
    tags text[] DEFAULT '{}'::text[],
    total numeric(10,2) GENERATED ALWAYS AS (id * 2) STORED,
    name character varying(20) COLLATE "C",
    CONSTRAINT c CHECK ((id > 0))
);
COMMENT ON TABLE public.users IS 'the ''users''';
COMMENT ON COLUMN public.users.at IS 'when';
COPY public.users (id, m) FROM stdin;
1	CREATE TABLE bad (x int);
2	it's
\.
ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
"""


def test_a_dump_of_postgres_is_read_without_its_rows() -> None:
    users = table(PG_DUMP, "postgres", "public.users")
    assert [(column.name, column.type, column.family) for column in users.columns] == [
        ("id", "bigint", "integer"),
        ("m", "public.mood", "text"),
        ("at", "timestamp(6) with time zone", "date"),
        ("tags", "text[]", "text"),
        ("total", "numeric(10,2)", "number"),
        ("name", "character varying(20)", "text"),
    ]
    assert (users.namespace, users.comment, users.primary_key) == ("public", "the 'users'", ("id",))
    assert (users.columns[2].comment, users.columns[1].samples) == ("when", ("sad", "ok"))


def test_tables_made_of_other_tables_have_their_columns() -> None:
    text = """CREATE TABLE a (id int PRIMARY KEY, n text);
    CREATE TABLE b (LIKE a INCLUDING ALL, extra int);
    CREATE TABLE c (z int) INHERITS (a);
    CREATE TABLE d PARTITION OF a FOR VALUES IN ('x');
    CREATE TABLE e AS TABLE a;
    CREATE MATERIALIZED VIEW f AS SELECT id, count(*) AS n FROM a GROUP BY 1 WITH NO DATA;"""
    catalog = read_open_ddl(text, dialect="postgres", source="f.sql")
    assert {table.name: [column.name for column in table.columns] for table in catalog.tables} == {
        "a": ["id", "n"],
        "b": ["id", "n", "extra"],
        "c": ["id", "n", "z"],
        "d": ["id", "n"],
        "e": ["id", "n"],
        "f": ["id", "n"],
    }


def test_changes_follow_each_other_and_keys_follow_renames() -> None:
    text = """CREATE TABLE users (id int PRIMARY KEY, name text, gone int);
    CREATE TABLE posts (id int, author int REFERENCES users (id));
    ALTER TABLE users RENAME COLUMN id TO user_id, DROP COLUMN IF EXISTS gone;
    ALTER TABLE users ADD COLUMN IF NOT EXISTS at timestamptz NOT NULL, ALTER COLUMN name TYPE varchar(9), ALTER name SET NOT NULL;
    ALTER TABLE users RENAME TO people;
    ALTER TABLE people SET SCHEMA crm;
    CREATE TABLE scratch (x int); DROP TABLE scratch;"""
    catalog = read_ddl(text, dialect="postgres", source="f.sql")
    assert [table.path for table in catalog.tables] == ["posts", "crm.people"]
    posts, people = catalog.tables
    assert [(column.name, column.type, column.nullable) for column in people.columns] == [
        ("user_id", "int", False),
        ("name", "varchar(9)", False),
        ("at", "timestamptz", False),
    ]
    assert posts.foreign_keys[0].ref_columns == ("user_id",)
    assert people.columns[2].source == "f.sql:4"


@pytest.mark.parametrize(
    ("dialect", "text", "name", "expected"),
    [
        (
            "bigquery",
            """CREATE TABLE `proj.ds.t` (id INT64 NOT NULL OPTIONS(description="the id"),
               s STRUCT<a INT64, b ARRAY<STRUCT<c STRING, d DATE>>>, e STRING) PARTITION BY DATE(x)""",
            "proj.ds.t",
            [("id", "INT64"), ("s", "STRUCT<a INT64, b ARRAY<STRUCT<c STRING, d DATE>>>"), ("e", "STRING")],
        ),
        (
            "snowflake",
            """CREATE OR REPLACE TRANSIENT TABLE db.sc.w (id NUMBER(38,0) AUTOINCREMENT START 1 INCREMENT 1,
               v VARIANT COMMENT 'json', ts TIMESTAMP_NTZ(9) WITH TAG (a='b')) CLUSTER BY (id) COMMENT = 'w'""",
            "sc.w",
            [("id", "NUMBER(38,0)"), ("v", "VARIANT"), ("ts", "TIMESTAMP_NTZ(9)")],
        ),
        (
            "redshift",
            "CREATE TABLE clicks (id int encode zstd distkey, name varchar(max) sortkey) diststyle key",
            "clicks",
            [("id", "int"), ("name", "varchar(max)")],
        ),
        (
            "spark",
            "CREATE TABLE d (a INT COMMENT 'x', m MAP<STRING,INT>, b STRING) USING DELTA PARTITIONED BY (b) TBLPROPERTIES ('a'='b')",
            "d",
            [("a", "INT"), ("m", "MAP<STRING,INT>"), ("b", "STRING")],
        ),
        (
            "duckdb",
            "CREATE TABLE d (s STRUCT(a INTEGER, b VARCHAR), l INTEGER[3], u UNION(n INT, t VARCHAR))",
            "d",
            [("s", "STRUCT(a INTEGER, b VARCHAR)"), ("l", "INTEGER[3]"), ("u", "UNION(n INT, t VARCHAR)")],
        ),
        (
            "sqlite",
            'CREATE TABLE k (key TEXT PRIMARY KEY, "order" INT, index INT, value, CHECK (value > 1)) WITHOUT ROWID',
            "k",
            [("key", "TEXT"), ("order", "INT"), ("index", "INT"), ("value", "")],
        ),
    ],
)
def test_vendor_words_do_no_harm(dialect: str, text: str, name: str, expected: list[tuple[str, str]]) -> None:
    assert columns(text, dialect, name) == expected


def test_what_sqlite_says_of_its_own_dump_is_what_is_read() -> None:
    text = """
    CREATE TABLE "author" (id INTEGER PRIMARY KEY, "full name" VARCHAR(40) NOT NULL DEFAULT 'x;y', born DATE);
    CREATE TABLE [book] (isbn TEXT, edition INT, author_id INT REFERENCES author, price DECIMAL(8, 2) CHECK (price > 0),
        doubled AS (price * 2), PRIMARY KEY (isbn, edition), FOREIGN KEY (author_id) REFERENCES author (id));
    CREATE VIRTUAL TABLE notes USING fts5(title, body, tokenize = 'porter');
    CREATE TRIGGER t AFTER INSERT ON book BEGIN UPDATE author SET born = NULL; DELETE FROM book; END;
    INSERT INTO author VALUES (1, 'it''s; CREATE TABLE no (x)', NULL);
    ALTER TABLE book RENAME COLUMN price TO cost;
    ALTER TABLE book ADD COLUMN shelf TEXT;
    ALTER TABLE author RENAME TO writer;
    CREATE VIEW cheap AS SELECT b.isbn, w."full name" AS writer FROM book b JOIN writer w ON w.id = b.author_id;
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(text)
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'notes\\_%' ESCAPE '\\'"
            )
        ]
        truth = {
            name: [
                (column, bool(key), declared)
                for column, key, declared, hidden in connection.execute(
                    "SELECT name, pk, type, hidden FROM pragma_table_xinfo(?)", (name,)
                )
                if hidden != 1
            ]
            for name in names
        }
    catalog = read_ddl(text, dialect="sqlite", source="f.sql")
    read = {
        table.name: [(column.name, column.primary_key, column.type) for column in table.columns]
        for table in catalog.tables
    }
    assert set(read) == set(truth)
    for name in ("book", "writer", "notes"):
        assert [column[:2] for column in read[name]] == [column[:2] for column in truth[name]]
    assert [column[0] for column in read["cheap"]] == [column[0] for column in truth["cheap"]]
    book = catalog.table("book")
    assert book is not None
    assert set(book.foreign_keys) == {ForeignKey(("author_id",), "writer", ("id",))}


def test_a_view_takes_names_where_its_query_cannot_be_derived() -> None:
    text = "CREATE VIEW a (x, y) AS SELECT * FROM elsewhere; CREATE VIEW b AS SELECT p.id, p.name AS n FROM elsewhere p;"
    catalog = read_open_ddl(text, dialect="sqlite", source="f.sql")
    assert [[column.name for column in table.columns] for table in catalog.tables] == [
        ["x", "y"],
        ["id", "n"],
    ]


def test_a_megabyte_of_open_quotes_and_comments_takes_no_quadratic_time() -> None:
    for hostile in ("/* " * 100_000, "[ " * 100_000, "$a$b " * 50_000, "'" * 200_001, "(" * 200_000):
        catalog = read_open_ddl("CREATE TABLE kept (x INT);\n" + hostile, dialect="postgres", source="f.sql")
        assert catalog.table("kept") is not None
    assert read_open_ddl("", dialect="sqlite", source="f.sql") == Catalog(dialect="sqlite")
