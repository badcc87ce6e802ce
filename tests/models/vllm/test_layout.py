"""Prompts keep their budget by the tokenizer's own count, are cut at borders, and change from key to key at their end only."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_knowledge.memory.records import GeneralInstructions
from understudy_knowledge.models.roles import Relation, StudentRequest
from understudy_knowledge.models.vllm.cuts import beginning, ending
from understudy_knowledge.models.vllm.student_prompts import StudentPrompts
from understudy_knowledge.models.vllm.token_counts import TokenCounts, estimate

FILE = "".join(f"-- Number {n}\nSELECT a{n},\n  b FROM t;\n\n" for n in range(200))


def wide(count):
    return Catalog(
        tuple(Table(f"t{n:03}", tuple(Column(f"c{k}", "TEXT") for k in range(8))) for n in range(count))
    )


@pytest.fixture
def at_cursor(lesson):
    return StudentRequest(
        "Revenue of gold customers",
        wide(300),
        "SELECT a FROM t250 AS x WHERE ",
        "\nGROUP BY 1",
        relations=(Relation("x", "t250"),),
        file_context=FILE,
        general=GeneralInstructions("Revenue counts paid orders only.\n" * 40),
        lessons=(lesson,),
    )


async def half_a_character(text):
    """A tokenizer far worse than any estimate."""
    return 2 * len(text)


async def characters(text):
    return len(text)


@pytest.mark.parametrize("count", [characters, half_a_character])
async def test_once_the_tokenizer_has_counted_a_prompt_keeps_its_budget(at_cursor, count):
    prompts, budget = StudentPrompts(), 3000
    for _ in range(12):
        whole = [part(at_cursor, budget) for part in (prompts.head, prompts.prefix, prompts.suffix)]
        await prompts.counts.learn(count)
    assert 0.3 * budget < await count("".join(whole)) <= budget


async def test_what_was_counted_is_counted_once(at_cursor):
    asked = []

    async def count(text):
        asked.append(text)
        return len(text) // 4

    prompts = StudentPrompts()
    for _ in range(5):
        prompts.head(at_cursor, 2000)
        await prompts.counts.learn(count)
    assert len(asked) == len(set(asked))
    assert not prompts.counts.wanting


async def test_a_tokenizer_that_falls_silent_is_not_asked_again_for_the_same_texts(at_cursor):
    async def silent(_text):
        return None

    prompts = StudentPrompts()
    prompts.head(at_cursor, 2000)
    await prompts.counts.learn(silent)
    assert not prompts.counts.wanting


def test_typing_a_statement_changes_the_end_of_the_prompt_only(at_cursor):
    prompts = StudentPrompts()
    typed = "x.c1 = 'paid' AND x.c2 > 3 ORDER BY x.c3"
    heads = {
        prompts.head(attrs.evolve(at_cursor, prefix=at_cursor.prefix + typed[:n]), 2000)
        for n in range(len(typed))
    }
    assert len(heads) == 1


def test_a_table_that_becomes_visible_and_was_shown_already_changes_nothing(at_cursor):
    prompts = StudentPrompts()
    before = prompts.head(at_cursor, 2000)
    assert "CREATE TABLE t003" in before
    more = attrs.evolve(at_cursor, relations=(*at_cursor.relations, Relation("y", "t003")))
    assert prompts.head(more, 2000) == before
    assert prompts.head(attrs.evolve(more, relations=()), 2000) == before


def test_a_table_that_becomes_visible_and_was_not_shown_is_shown_from_then_on(at_cursor):
    prompts = StudentPrompts()
    prompts.head(at_cursor, 2000)
    more = attrs.evolve(at_cursor, relations=(*at_cursor.relations, Relation("y", "t299")))
    after = prompts.head(more, 2000)
    assert "CREATE TABLE t299" in after
    assert prompts.head(at_cursor, 2000) != ""
    assert "CREATE TABLE t299" in prompts.head(attrs.evolve(more, question="Another?"), 2000)


def test_an_attempts_prompt_does_not_depend_on_what_was_asked_before(at_cursor):
    attempt = attrs.evolve(at_cursor, purpose="attempt", relations=())
    fresh, used = StudentPrompts(), StudentPrompts()
    used.head(attrs.evolve(at_cursor, relations=(Relation("y", "t299"),)), 2000)
    assert used.head(attempt, 2000) == fresh.head(attempt, 2000)


def test_another_catalog_is_another_prompt_even_where_only_samples_differ(at_cursor):
    prompts = StudentPrompts()
    before = prompts.head(at_cursor, 2000)
    plain, *others = at_cursor.catalog.tables
    first = attrs.evolve(plain.columns[0], samples=("gold",), family="text")
    tables = (attrs.evolve(plain, columns=(first, *plain.columns[1:])), *others)
    assert "'gold'" not in before
    assert "'gold'" in prompts.head(attrs.evolve(at_cursor, catalog=Catalog(tables)), 2000)


def test_a_long_statement_begins_at_the_same_place_for_many_keys():
    counts, text = TokenCounts(), "SELECT " + ", ".join(f"column_{n}" for n in range(900))
    starts = {text.index(ending(text[:n], 400, counts, grows=True)[:20]) for n in range(6000, 6200)}
    assert len(starts) <= 3


def test_a_file_is_cut_before_a_statement():
    kept = ending(FILE, 300, TokenCounts())
    assert FILE.endswith(kept)
    assert kept.startswith("-- Number ")


def test_instructions_are_cut_behind_a_line():
    rules = "\n".join(f"Rule {n}: mind the gap between {n} and the next." for n in range(100))
    kept = beginning(rules, 200, TokenCounts())
    assert rules.startswith(f"{kept}\n")


def test_a_secret_that_begins_in_the_file_above_is_not_shown(at_cursor):
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7\n"
    request = attrs.evolve(at_cursor, file_context=key, prefix="qBwIDAQABAoIBAE")
    prompts = StudentPrompts()
    assert "MIIE" not in prompts.head(request, 2000)
    assert prompts.prefix(request, 2000) == ""
    closed = attrs.evolve(request, file_context=f"{key}-----END RSA PRIVATE KEY-----\n", prefix="SELECT ")
    assert prompts.prefix(closed, 2000) == "SELECT "


@given(st.text(max_size=400), st.integers(0, 60))
def test_what_is_cut_is_a_part_of_the_text_and_within_its_budget(text, tokens):
    counts = TokenCounts()
    head, tail = beginning(text, tokens, counts), ending(text, tokens, counts)
    growing = ending(text, tokens, counts, grows=True)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert text.endswith(growing)
    assert len(growing) <= len(text)
    if estimate(text) <= tokens:
        assert head == tail == growing == text


@pytest.mark.parametrize(
    ("text", "least"),
    [("SELECT name FROM customers", 7), ("2024-01-31", 5), ("Ω≈ç√", 10), ("\U00013000" * 5, 20), ("", 0)],
)
def test_an_estimate_is_rather_too_high(text, least):
    assert estimate(text) >= least
