"""Columns of frames as completion items: what each replaces, and how it is written there. The cursor is `|`."""

import pytest

from understudy_knowledge.catalog.model import Catalog
from understudy_server.completion.frame_items import frame_items
from understudy_server.context.text.document import Document

START = 'import pandas as pd\ndf = pd.DataFrame({"a": [1], "it\'s": [2], "two words": [3], 7: [4]})\n'


def written(marked: str) -> dict[str, str]:
    """Label -> the line at the cursor after the item was taken."""
    before, _, after = (START + marked).partition("|")
    document = Document("a.py", before + after)
    found = frame_items(document, len(before.encode()), Catalog())
    if found is None:
        return {}
    whole = document.slice()
    taken = {
        item.label: (whole[: found.span.start] + item.text.encode() + whole[found.span.end :]).decode()
        for item in found.items
    }
    line = START.count("\n")
    return {label: text.split("\n")[line] for label, text in taken.items()}


@pytest.mark.parametrize(
    ("marked", "label", "line"),
    [
        ('df["|"]', "a", 'df["a"]'),
        ('df["|', "a", 'df["a"'),
        ('df["tw|"]', "two words", 'df["two words"]'),
        ('df["|two words"].sum()', "a", 'df["a"].sum()'),
        ("df['|']", "it's", "df['it\\'s']"),
        ('df["|"]', "it's", 'df["it\'s"]'),
        ("df[|]", "two words", 'df["two words"]'),
        ("df[|]", "7", "df[7]"),
        ("df[tw|]", "two words", 'df["two words"]'),
        ("df.|", "a", "df.a"),
        ('df.query("a > 1 and t|")', "two words", 'df.query("a > 1 and `two words`")'),
        ('df.groupby(["a", "|"]).sum()', "two words", 'df.groupby(["a", "two words"]).sum()'),
        ('df[["|, "a"]]', "a", 'df[["a", "a"]]'),
        ('"🦀"; df["|"]', "a", '"🦀"; df["a"]'),
    ],
)
def test_a_column_is_written_as_the_place_needs(marked: str, label: str, line: str) -> None:
    assert written(marked)[label] == line


def test_a_number_is_no_column_between_quotes() -> None:
    assert "7" not in written('df["|"]')


def test_a_name_that_needs_an_escape_is_not_offered_in_a_raw_string() -> None:
    assert "it's" not in written("df[r'|']")


def test_nothing_is_offered_without_a_frame() -> None:
    assert written('x["|"]') == {}
