"""At the keyboard the student says nothing rather than leave out what the question says; an attempt shows what it has."""

import pytest

from understudy_knowledge.catalog import Catalog, Column, ForeignKey, Table
from understudy_knowledge.models.embedded import EmbeddedStudent
from understudy_knowledge.models.roles import Purpose, StudentRequest

GYM = Catalog(
    (
        Table(
            "members",
            (
                Column("member_id", "INTEGER", primary_key=True),
                Column("full_name", "TEXT"),
                Column("plan", "TEXT", samples=("basic", "plus", "premium"), samples_complete=True),
                Column("joined_on", "DATE", family="date"),
                Column("canceled_on", "DATE", family="date"),
                Column("club_id", "INTEGER"),
            ),
            (ForeignKey(("club_id",), "clubs", ("club_id",)),),
        ),
        Table(
            "clubs",
            (
                Column("club_id", "INTEGER", primary_key=True),
                Column("name", "TEXT"),
                Column("square_meters", "INTEGER", family="integer"),
            ),
        ),
    )
)


async def text(question: str, purpose: Purpose = "ghost") -> str:
    completion = await EmbeddedStudent().complete(StudentRequest(question, GYM, purpose=purpose))
    return " ".join(completion.text.split())


@pytest.mark.parametrize(("plan", "year"), [("premium", 2024), ("plus", 2023), ("basic", 2022)])
async def test_what_is_counted_is_narrowed_by_the_values_and_periods_it_is_named_with(
    plan: str, year: int
) -> None:
    written = await text(f"How many {plan} members joined in {year}?")

    assert f"plan = '{plan}'" in written
    assert f"joined_on >= '{year}-01-01' AND joined_on < '{year + 1}-01-01'" in written


@pytest.mark.parametrize(
    "question",
    [
        "Number of canceled members per plan",
        "How many loyal members are there?",
        "How many members does club 17 have?",
        "Share of members by plan",
        "Number of members by plan and club and quarter, with the name of the club and its square meters",
    ],
)
async def test_a_word_that_would_stand_in_the_alias_alone_is_a_reason_for_silence(question: str) -> None:
    assert await text(question, "attempt")
    assert await text(question) == ""


@pytest.mark.parametrize(
    "question",
    ["How many members are there?", "Number of members per plan", "How many members joined in 2023?"],
)
async def test_what_is_answered_is_shown(question: str) -> None:
    assert "COUNT(*)" in await text(question)


async def test_who_is_told_nothing_is_told_why() -> None:
    async def why(question: str) -> str:
        return (await EmbeddedStudent().complete(StudentRequest(question, GYM))).unsaid

    assert await why("How many loyal members are there?") == "what it could write says nothing of “loyal”"
    assert await why("How many members does club 17 have?") == "what it could write says nothing of “17”"
    assert "neither the schema nor a lesson" in await why("The weather tomorrow")
    assert await why("How many members are there?") == ""
