"""What holes stand for and what a text extends, as far as the statements around show it: clause and relations follow."""

import pytest

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.extract import extract
from understudy_server.context.query_context import QueryContext
from understudy_server.context.text.document import Document

CATALOG = Catalog((Table("sales", (Column("id"), Column("city"), Column("amount"))),))


def context_of(source: str) -> QueryContext | None:
    before, after = source.split("⎸")
    document = Document("q.py", before + after)
    return extract(document, len(before.encode()), language="python", catalog=CATALOG)


def seen(source: str) -> tuple[str, str, list[tuple[str, str | None, bool]]]:
    """(region, clause, [(name, table, whether its columns are known)])."""
    context = context_of(source)
    assert context is not None
    relations = [(one.name, one.table, one.columns is not None) for one in context.relations]
    return context.region, context.clause, relations


@pytest.mark.parametrize(
    ("source", "clause", "name"),
    [
        ('W = "where amount > 1"\nq = f"select * from sales {W} and ⎸"', "where", "sales"),
        ('t = "sales"\nq = f"select s.⎸ from {t} s"', "select", "s"),
        ('t: str = "sales"  # all\nq = f"select s.⎸ from { t } s"', "select", "s"),
        ('q = "select city from {tab} s where ⎸".format(tab="sales")', "where", "s"),
        ('q = "select city from {} s where ⎸".format("sales")', "where", "s"),
        ('t = "sales"\nq = "select city from {0} s where ⎸".format(t)', "where", "s"),
        ('q = "select city from %s where ⎸" % "sales"', "where", "sales"),
        ('q = "select city from %s s where ⎸" % ("sales",)', "where", "s"),
        ('t = "sales"\nq = "select ⎸ from %(t)s s" % {"t": t}', "select", "s"),
        ('t = "sales"\nq = "select ⎸ from " + t + " where id = 1"', "select", "sales"),
        ('T = ("sa"\n     "les")\nclass A:\n    def f(self):\n        with x:\n            q = f"select ⎸ from {T}"\n', "select", "sales"),
        ('t = "sales"\nq = "select ⎸ from " + t', "select", "sales"),
        ('t = "sales"\nq = ("select city, ⎸ "\n     "from " + t)', "select", "sales"),
        ('T = "sales"\nclass A:\n    q = f"select ⎸ from {T}"\n', "select", "sales"),
        ('def f():\n    t = "sales"\n    if a:\n        return f"select ⎸ from {t}"\n', "select", "sales"),
        ('def g():\n    t = "x"\nt = "sales"\nq = f"select ⎸ from {t}"\n', "select", "sales"),
        ('t = "sales"\ndef g():\n    t = "x"\nq = f"select ⎸ from {t}"\n', "select", "sales"),
    ],
)  # fmt: skip
def test_a_hole_stands_for_the_constant_in_view(source: str, clause: str, name: str) -> None:
    assert seen(source) == ("python-string", clause, [(name, "sales", True)])


@pytest.mark.parametrize(
    "source",
    [
        't = "sales"\ndef f(t):\n    q = f"select x.⎸ from {t} x"\n',
        'def g():\n    t = "sales"\nq = f"select x.⎸ from {t} x"\n',
        't = "sales"\nt = choose()\nq = f"select x.⎸ from {t} x"\n',
        't = "sales"\nif a:\n    t = "other"\nq = f"select x.⎸ from {t} x"\n',
        't = "sales"\nt += a\nq = f"select x.⎸ from {t} x"\n',
        't = "sales"\nfor t in tables:\n    q = f"select x.⎸ from {t} x"\n',
        't = "sales"\nwith a as t:\n    q = f"select x.⎸ from {t} x"\n',
        't = "sales"\nt, u = a\nq = f"select x.⎸ from {t} x"\n',
        't = f"sales{n}"\nq = f"select x.⎸ from {t} x"\n',
        't = "sales" if a else "b"\nq = f"select x.⎸ from {t} x"\n',
    ],
)
def test_a_name_that_may_be_something_else_is_not_filled(source: str) -> None:
    _, clause, [(name, _, known)] = seen(source)
    assert (clause, name, known) == ("select", "x", False)


@pytest.mark.parametrize(
    ("source", "clause"),
    [
        ('def f(where):\n    q = f"select * from sales {where} and ⎸"', "where"),
        ('def f(where):\n    q = f"select ⎸ from sales {where}"', "select"),
        ('def f(where):\n    q = "select ⎸ from sales " + where + " limit 5"', "select"),
        ('q = f"select ⎸ from sales {self.where()} order by 1"', "select"),
    ],
)
def test_a_fragment_behind_a_relation_is_no_alias(source: str, clause: str) -> None:
    assert seen(source) == ("python-string", clause, [("sales", "sales", True)])


def test_a_hole_that_is_used_as_an_alias_is_one() -> None:
    assert seen('def f(a):\n    q = f"select {a}.⎸ from sales {a}"')[2] == [("_a_", "sales", True)]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('q = "select * from sales "\nq += "where ⎸"', "sales"),
        ('q = "select * "\nq += "from sales "\nq += "where ⎸"', "sales"),
        ('q = ("select * "\n     "from sales s ")\nq += "where s.⎸"', "s"),
        ('q = f"select {a} from sales s"\nq = q + " where ⎸"', "s"),
        ('base = "select * from sales s"\nq = base + " where ⎸"', "s"),
        ('def f():\n    q = "select * from sales s"\n    if a:\n        q += " where s.⎸"\n', "s"),
        ('q = "select * from sales s"\nif a:\n    q += " where id = 1"\nq += " and s.⎸"\n', "s"),
        ('base = "select * from sales s"\nq = f"{base} where ⎸"', "s"),
        ('head = "with s as (select id from sales)"\nq = f"{head} select id from sales where ⎸"', "sales"),
        ('q = " ".join(["select city", "from sales s", "where ⎸"])', "s"),
        ('q = "\\n".join(("select city", "from sales s", "where s.⎸"))', "s"),
    ],
)
def test_a_clause_goes_on_with_the_statement_begun_above(source: str, name: str) -> None:
    assert seen(source) == ("python-string", "where", [(name, "sales", True)])


@pytest.mark.parametrize(
    "source",
    [
        'q = "hello "\nq += "where ⎸"',
        'q = "select * from sales "\nq = build()\nq += "where ⎸"',
        'q = "select * from sales "\ndef f(q):\n    q += "where ⎸"',
        'base = "hello"\nq = f"{base} where ⎸"',
        'query = "select * from sales"\nlog(f"{query} failed: ⎸")',
        'log("select one ⎸" + t)',
        'q = "select * from sales "\nself.q += "where ⎸"',
    ],
)
def test_a_clause_behind_anything_else_is_no_sql(source: str) -> None:
    context = context_of(source)
    assert context is not None
    assert context.region == "python-code"


def test_what_is_written_stays_what_the_context_shows() -> None:
    context = context_of('t = "sales"\nq = f"select s.⎸ from {t} s"')
    assert context is not None
    assert (context.prefix, context.suffix) == ("select s.", " from _t_ s")


def test_where_the_document_is_cut_makes_no_difference() -> None:
    filler = "x = call(1, 'a')\n"
    for lines in range(0, 1_100, 41):
        source = "q = (\n    'select * '\n    'from sales s '\n)\n" + filler * lines + "q += 'where s.⎸'\n"
        assert seen(source) == ("python-string", "where", [("s", "sales", True)])
