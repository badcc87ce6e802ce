"""Where the code at the cursor takes a column, and of which frame: the cursor is `|`."""

import pytest
from shop_files import catalog_of_files

from understudy_server.context.frames.at_cursor import ColumnPlace, column_place
from understudy_server.context.frames.visible import scope_at
from understudy_server.context.text.document import Document

START = (
    "import pandas as pd\nimport polars as pl\n"
    'df = pd.DataFrame({"a": [1], "b": [2], "two words": [3]})\n'
    'other = pd.DataFrame({"b": [1], "z": [2]})\n'
    'pf = pl.DataFrame({"k": [1], "v": [2]})\n'
)
ALL = ["a", "b", "two words"]


def place_at(marked: str) -> ColumnPlace | None:
    before, _, after = (START + marked).partition("|")
    document = Document("a.py", before + after)
    return column_place(scope_at(document, len(before.encode()), catalog_of_files()))


def names_at(marked: str) -> list[object]:
    place = place_at(marked)
    return [column.name for column in place.columns] if place else []


@pytest.mark.parametrize(
    ("marked", "names"),
    [
        ('df["|"]', ALL),
        ("df['|']", ALL),
        ('x = df[["a", "|"]]', ALL),
        ('df.loc[df["a"] > 1, "|"]', ALL),
        ('df.loc[:, ["a", "|"]]', ALL),
        ('df.groupby("|")', ALL),
        ('df.groupby(["a", "|"])', ALL),
        ('df.groupby("a")["|"]', ALL),
        ('df.groupby("a").agg({"|": "sum"})', ALL),
        ('df.groupby("a").agg(total=("|", "sum"))', ALL),
        ('df.sort_values("|")', ALL),
        ('df.sort_values(by=["|"])', ALL),
        ('df.drop(columns=["|"])', ALL),
        ('df.rename(columns={"|": "c"})', ALL),
        ('df.astype({"|": int})', ALL),
        ('df.merge(other, on="|")', ["b"]),
        ('df.merge(other, left_on="|")', ALL),
        ('df.merge(other, left_on="a", right_on="|")', ["b", "z"]),
        ('df.query("|")', ALL),
        ('df.query("a > 1 and |")', ALL),
        ('df.assign(c=1)["|"]', [*ALL, "c"]),
        ('df.assign(c=lambda d: d["|"])', ALL),
        ('df.assign(c=1).assign(e=lambda d: d["|"])', [*ALL, "c"]),
        ('df[lambda d: d["|"] > 1]', ALL),
        ('out = (\n    df\n    .assign(c=1)\n    .sort_values("|")\n)', [*ALL, "c"]),
        ('df.apply(lambda row: row["|"], axis=1)', ALL),
        (
            'pd.read_csv("orders.csv", usecols=["|"])',
            ["order_id", "customer_id", "ordered_on", "total_cents"],
        ),
        (
            'pd.read_csv("orders.csv", parse_dates=["|',
            ["order_id", "customer_id", "ordered_on", "total_cents"],
        ),
        ('sns.barplot(data=df, x="|")', ALL),
        ('df.plot(x="|")', ALL),
        ('pf.select("|")', ["k", "v"]),
        ('pf.select(pl.col("|"))', ["k", "v"]),
        ('pf.filter((pl.col("|") > 1) & True)', ["k", "v"]),
        ('pf.group_by("k").agg(pl.col("|").sum())', ["k", "v"]),
        ('pf.with_columns(pl.col("|").alias("n"))', ["k", "v"]),
        ('if df["|"].sum() > 1:\n    pass', ALL),
        ('print(f(df["|', ALL),
        ('total = df["a"] + df["|', ALL),
        ("df.|", ["a", "b"]),
        ("df.assign(c=1).|", ["a", "b", "c"]),
        ("df.tw|", ["a", "b"]),
        ("df[|", ALL),
        ("df[|]", ALL),
        ('def f(frame):\n    return frame["|"]\nf(df)', ALL),
        ('for _, part in df.groupby("a"):\n    part["|"]', ALL),
    ],
)
def test_columns_are_offered_where_the_code_takes_one(marked: str, names: list[object]) -> None:
    assert names_at(marked) == names


@pytest.mark.parametrize(
    "marked",
    [
        'x = "|"',
        'print("|")',
        'unknown["|"]',
        'df.to_csv("|")',
        'df.groupby("a").agg({"a": "|"})',
        'df.rename(columns={"a": "|"})',
        'df.merge(other, how="|")',
        'df["a"].map({"|": 1})',
        'pd.read_csv("|")',
        '{"|": 1}',
        '["|"]',
        'x.y.z("|")',
        "1.|",
        'df.groupby("a").agg(total=("a", "|"))',
        'pl.col("|")',
        "|",
    ],
)
def test_none_are_offered_elsewhere(marked: str) -> None:
    assert names_at(marked) == []


def test_what_is_typed_is_known_with_its_quotes() -> None:
    place = place_at("df['tw|']")
    assert place is not None
    assert (place.typed, place.quote, place.form, place.frame) == ("tw", "'", "key", "df")


def test_a_query_replaces_only_its_word() -> None:
    place = place_at('df.query("a > 1 and b|")')
    assert place is not None
    assert (place.typed, place.form) == ("b", "word")
