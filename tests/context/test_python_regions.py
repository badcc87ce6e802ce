"""Which strings of Python are SQL, and what text they make together."""

import pytest

from understudy_server.context.python.regions import PythonRegion, all_regions, find_region
from understudy_server.context.text.document import Document


def at_cursor(source: str) -> PythonRegion | None:
    before, after = source.split("⎸")
    return find_region(Document("x.py", before + after), len(before.encode()))


def masked(source: str) -> str:
    region = at_cursor(source)
    assert region is not None, source
    return region.masked.decode()


@pytest.mark.parametrize(
    "source",
    [
        "cur.execute('⎸')",
        "cur.executemany('⎸', rows)",
        "con.executescript('⎸')",
        "connection.exec_driver_sql('⎸')",
        "session.execute(text('⎸'))",
        "engine.execute(sa.text('⎸'))",
        "pd.read_sql('⎸', con)",
        "pd.read_sql_query(sql='⎸', con=con)",
        "spark.sql('⎸')",
        "duckdb.query('⎸')",
        "con.sql('⎸').df()",
        "client.query('⎸').result()",
        "await pool.fetchrow('⎸', 1)",
        "await conn.fetch('⎸')",
        "cur.execute(sql.SQL('⎸').format(x))",
        "Author.objects.raw('⎸')",
        "qs.annotate(n=RawSQL('⎸', ()))",
        "cur.execute(textwrap.dedent('⎸'))",
        "cur.execute('⎸'.format(x))",
        "cur.execute('⎸' % x)",
        "cur.execute(('⎸'), rows)",
        "sql = '⎸'",
        "query: str = '⎸'",
        "self.count_query = '⎸'",
        "class R:\n    SQL = '⎸'\n",
    ],
)
def test_an_empty_string_that_something_takes_as_sql(source: str) -> None:
    assert masked(source) == ""


@pytest.mark.parametrize(
    "source",
    [
        "x = 'SELECT a⎸ FROM t'",
        "f('select a.b, c⎸ from t')",
        "return 'INSERT INTO t (a) VALUES (⎸'",
        "D = {'a': 'UPDATE t SET a = ⎸'}",
        "L = [('DELETE FROM t WHERE a = ⎸', 1)]",
        "f(x, 'WITH a AS (SELECT ⎸')",
        "x = 'CREATE TABLE t (⎸)'",
        "x = '(SELECT 1⎸)'",
        "run(query='select ⎸')",
        "options['sql'] = 'select ⎸'",
        "def f(sql='SELECT ⎸'): pass",
        "x = '-- all of it\\nSELECT a⎸ FROM t'",
        "x = 'select a⎸ from t where b = :b and c = %(c)s'",
        "sql += ' AND a = ⎸'",
        "text += ' WHERE a = ⎸'",
        "rows = f('a IS NOT NULL AND b = :b⎸')",
        "cur.execute('BEGIN⎸')",
        "cur.execute(f'{head} LIMIT ⎸')",
    ],
)
def test_a_string_that_reads_as_sql(source: str) -> None:
    assert at_cursor(source) is not None


@pytest.mark.parametrize(
    "source",
    [
        "q = 'select ⎸ from sales'",
        "q = 'select ⎸from sales'",
        "q = 'SELECT ⎸ FROM sales'",
        "q = 'SELECT s.⎸ FROM sales s'",
        "q = 'select * from sales s where s.⎸'",
        "q = 'select city from ⎸'",
        "q = 'select city from sales where ⎸'",
        "q = 'select city from sales s join ⎸'",
        "q = 'delete from sales where ⎸'",
        "q = 'update sales set ⎸'",
        'q = """\nselect city,\n       ⎸\nfrom sales\n"""\n',
        'q = """select city, amount\nfrom sales s\nwhere s.⎸"""',
        'Q_SALES = """select ⎸\nfrom sales s"""',
        "q = 'select ⎸ from sales'\na = 1\nb = 2\n\ncon.execute(q)\n",
        "def f():\n    return run('select ⎸ from sales')",
        "def f():\n    return 'select ⎸ from sales'",
        "f = lambda: 'select city, ⎸ from sales'",
        "q = 'select city, amount ' + 'from sales s ' + 'where s.⎸'",
        'def f(:\n    q = """select * from sales s where s.⎸',
        "q = '\\n'.join(('select city', 'from sales s', 'where s.⎸'))",
        "q = f'select ⎸ from sales {where}'",
        'q = """select\n' + "    city,\n" * 50 + '    ⎸\nfrom sales"""',
    ],
)
def test_a_statement_that_lacks_only_the_word_at_the_cursor(source: str) -> None:
    assert at_cursor(source) is not None


@pytest.mark.parametrize(
    "source",
    [
        "x = 'select ⎸ from the menu'",
        "x = 'select one of the options from the menu⎸'",
        "x = 'select one of the ⎸ options from the menu'",
        "x = 'Select ⎸ from menu'",
        "x = 'select ⎸ from Tools menu'",
        "x = 'select one, ⎸ from the list.'",
        "print('select files, ⎸ or folders')",
        "log('select ⎸ to continue')",
        "raise E('select failed: ⎸')",
        "print('Select ⎸, then press enter')",
        "x = 'update the ⎸'",
        "x = 'with ⎸ as default'",
        "x = 'delete ⎸ from list'",
    ],
)
def test_a_sentence_that_lacks_only_the_word_at_the_cursor(source: str) -> None:
    assert at_cursor(source) is None


@pytest.mark.parametrize(
    "source",
    [
        "frame.query('a > 1 and b == ⎸')",
        "frame.query('⎸')",
        "frame.eval('a AND b = ⎸1')",
        "log.info('Select a file from ⎸ the list')",
        "raise ValueError('Create the table before you insert ⎸ into it')",
        "help = 'Update or delete existing records⎸'",
        "x = 'values must be ⎸ a list'",
        "x = 'with all of ⎸ them'",
        "x = 'a string⎸'",
        "x = '⎸'",
        "print('⎸')",
        "label.text('⎸')",
        'def f():\n    """SELECT a⎸ FROM t"""\n',
        "con.execute(b'SELECT ⎸')",
        "con.execute(f'SELECT {con.name(\"⎸\")}')",
        "x = 'drop table⎸s'",
        "x = r'\\d+ AND|OR (?:a = ⎸'",
    ],
)
def test_a_string_that_is_something_else(source: str) -> None:
    assert at_cursor(source) is None


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("x = ('SELECT a '\n     'FROM ⎸t')", "SELECT a         FROM t"),
        ("x = 'SELECT ' + cols + ' FROM ⎸t'", "SELECT ____cols____ FROM t"),
        ("x = 'SELECT a ' + \\\n  'FROM ⎸t'", "SELECT a          FROM t"),
        ("x = 'SELECT a FROM ' + ', '.join(t) + ' WHERE ⎸'", "SELECT a FROM _________join_t_____ WHERE "),
        ("x = 'SELECT {} FROM {t.a}⎸'.format(a)", "SELECT __ FROM _t_a_"),
        ("x = 'SELECT {{a}} FROM {0!r:>{w}}⎸'.format(a)", "SELECT { a}  FROM _0_r___w__"),
        ("x = 'SELECT %s, 5 %% 2 FROM %(t)s⎸' % a", "SELECT _s, 5 %  2 FROM __t_s"),
        ("cur.execute('SELECT %s FROM t WHERE a = %(a)s⎸', {})", "SELECT %s FROM t WHERE a = %(a)s"),
        ("x = f'SELECT {a} FROM {{t⎸'", "SELECT _a_ FROM { t"),
        ("x = f'SELECT {a:>{w}} FROM ⎸t'", "SELECT _a___w__ FROM t"),
        ("SQL = 'SELECT a FROM {table} WHERE b = \"{\"⎸'", 'SELECT a FROM _table_ WHERE b = "{"'),
        ("SQL = 'SELECT a FROM {{ ref(\"t\") }} WHERE ⎸'", "SELECT a FROM t              WHERE "),
        ("x = ' '.join(['SELECT a', 'FROM ⎸t'])", "SELECT a    FROM t"),
        ("x = 'SELECT \\'a\\', \\x41\\u0042\\U00000043\\N{LATIN SMALL LETTER D}\\105 ⎸FROM t'", None),
        ("x = r'SELECT a \\d ⎸FROM t'", "SELECT a \\d FROM t"),
        ("x = 'SELECT a \\d ⎸FROM t'", "SELECT a \\d FROM t"),
        ("x = 'SELECT \\ud83d ⎸FROM t'", "SELECT    \ufffd FROM t"),
        ("x = 'SELECT a \\\n ⎸FROM t'", "SELECT a    FROM t"),
        ("x = '''SELECT '😀é', ⎸b FROM t'''", "SELECT '😀é', b FROM t"),
    ],
)
def test_the_text_that_literals_make(source: str, text: str | None) -> None:
    region = at_cursor(source)
    assert region is not None
    assert len(region.masked) == region.span.end - region.span.start
    if text is not None:
        assert region.masked.decode() == text


def test_escapes_stand_for_their_characters_at_the_end_of_their_width() -> None:
    source = "x = 'SELECT \\'a\\', \\x41\\u0042\\U00000043\\N{LATIN SMALL LETTER D}\\105 ⎸FROM t'"
    assert masked(source).split() == ["SELECT", "'a'", ",", "A", "B", "C", "d", "E", "FROM", "t"]


def test_each_literal_knows_its_own_form_and_holes() -> None:
    region = at_cursor("x = ('SELECT a ' f'FROM {t⎸} ' r\"WHERE\")".replace("⎸} ", "} ⎸"))
    assert region is not None
    assert [(part.form.prefix, part.form.quote, len(part.holes)) for part in region.parts] == [
        ("", "'", 0),
        ("f", "'", 1),
        ("r", '"', 0),
    ]


@pytest.mark.parametrize(
    "source", ["x = 'SELECT ' + c + ' FROM t'", "x = 'SELECT {}'.format(c)", "sql += ' WHERE a = 1'"]
)
def test_what_is_put_together_at_run_time_is_composed(source: str) -> None:
    (region,) = all_regions(source.encode())
    assert region.composed


def test_the_name_a_string_is_bound_to_is_known_with_its_place() -> None:
    source = "# Ä\nclass R:\n    open_orders_sql = '''\n        SELECT a FROM t'''\n"
    (region,) = all_regions(source.encode())
    assert region.variable == "open_orders_sql"
    assert region.variable_span is not None
    assert source.encode()[region.variable_span.start : region.variable_span.end] == b"open_orders_sql"


def test_a_cursor_and_a_whole_file_see_the_same_regions() -> None:
    source = "".join(
        f"def f{n}(con):\n    x = con.execute('SELECT a FROM t{n} '\n        f'WHERE b = {{c}}')\n    y = 'no'\n"
        for n in range(200)
    )
    document = Document("x.py", source)
    regions = all_regions(source.encode())
    assert len(regions) == 200
    for region in regions[::17]:
        for part in region.parts:
            seen = find_region(document, part.span.start)
            assert seen is not None
            assert (seen.span, seen.masked, seen.parts, seen.literal) == (
                region.span,
                region.masked,
                region.parts,
                region.literal,
            )


@pytest.mark.parametrize(
    "source",
    [
        "x = 'SELECT ⎸'" + " + a" * 5_000,
        "x = " + "(" * 10_000 + "'SELECT ⎸'",
        "f(" * 5_000 + "'SELECT ⎸",
        "x = " + "a[" * 9_000 + "f'SELECT ⎸{",
    ],
)
def test_deep_nesting_is_no_obstacle(source: str) -> None:
    at_cursor(source)
    all_regions(source.replace("⎸", "").encode())


def test_thousands_of_literals_in_one_expression() -> None:
    source = "sql = (" + " +\n".join(f"'SELECT a FROM t{n} '" for n in range(3_000)) + ")\n"
    region = find_region(Document("x.py", source), source.index("t1500 ") + 2)
    assert region is not None
    assert b"FROM t1500 " in region.masked
