"""Grammars against vLLM itself: a model that knows nothing writes what stands in place, and a refusal is learned from."""

import random

import attrs
import pytest

from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_knowledge.models.roles import StudentRequest
from understudy_knowledge.models.vllm import Client, ServerSettings, VllmStudent
from understudy_server.bench.latency.cut_queries import Cut
from understudy_server.bench.latency.stands import fault
from understudy_server.completion.grammar import Grammars
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document

pytestmark = pytest.mark.vllm

SHOP = Catalog(
    (
        Table("customers", (Column("customer_id"), Column("name"), Column("city"))),
        Table(
            "orders",
            (Column("order_id"), Column("customer_id"), Column("total_cents")),
            (ForeignKey(("customer_id",), "customers", ("customer_id",)),),
        ),
    )
)
PLACES = [
    "SELECT |",
    "SELECT name, | FROM customers",
    "SELECT COUNT(| FROM orders",
    "SELECT o.| FROM orders o",
    "SELECT name FROM customers WHERE |",
    "SELECT na|",
    "SELECT name FROM customers c JOIN |",
    "SELECT name FROM customers WHERE customer_id IN (|",
]


@pytest.fixture
async def student(vllm_server, monkeypatch):
    monkeypatch.setenv("UNDERSTUDY_TEST_KEY", "a-key-of-this-test-only")
    settings = ServerSettings(
        vllm_server.base_url, api_key_env="UNDERSTUDY_TEST_KEY", template="fim", timeout=60, temperature=1.0
    )
    made = VllmStudent(settings, Client(settings))
    yield made
    await made.close()


def cut_at(marked):
    before, behind = marked.split("|")
    context = extract(
        Document("q.sql", before + behind), len(before), language="sql", catalog=SHOP, dialect="sqlite"
    )
    assert context is not None
    return Cut(context, SHOP)


def request_at(cut):
    grammar = Grammars().text_for(cut.context, SHOP)
    assert grammar is not None
    return StudentRequest(
        "", SHOP, prefix=cut.context.prefix, suffix=cut.context.suffix, grammar=grammar, max_tokens=400
    )


async def test_noise_that_keeps_to_the_grammar_stands_in_place(student):
    faults = {}
    for marked in PLACES * 2:
        cut = cut_at(marked)
        completion = await student.complete(request_at(cut))
        if completion.completion_tokens < 400:
            faults[marked, completion.text] = fault(completion.text, cut)
    assert len(faults) > len(PLACES)
    assert set(faults.values()) == {None}


async def test_without_the_grammar_it_does_not(student):
    request = attrs.evolve(request_at(cut_at("SELECT |")), grammar=None)
    texts = [(await student.complete(request)).text for _ in range(4)]
    assert any(fault(text, cut_at("SELECT |")) for text in texts)


async def test_a_grammar_that_vllm_does_not_take_is_left_out_from_then_on(student):
    cut = cut_at("SELECT |")
    wrong = attrs.evolve(request_at(cut), grammar="start: undefined_rule\n", max_tokens=8)
    assert (await student.complete(wrong)).completion_tokens
    assert (await student.complete(wrong)).completion_tokens


async def test_vllm_takes_the_grammar_of_a_large_catalog(student):
    draw = random.Random(3)
    names = ("order", "customer", "line", "price", "city", "date", "stock")
    tables = tuple(
        Table(
            f"{draw.choice(names)}_{number}",
            tuple(Column(f"{draw.choice(names)}_{column}") for column in range(50)),
        )
        for number in range(200)
    )
    catalog = Catalog(tables)
    context = extract(Document("q.sql", "SELECT "), 7, language="sql", catalog=catalog, dialect="sqlite")
    assert context is not None
    grammar = Grammars().text_for(context, catalog)
    assert grammar is not None
    request = StudentRequest("", catalog, prefix="SELECT ", grammar=grammar, max_tokens=400)
    completion = await student.complete(request)
    if completion.completion_tokens < 400:
        assert fault(completion.text, Cut(context, catalog)) is None
