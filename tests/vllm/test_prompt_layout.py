"""What a typing session costs a real vLLM: its prefix cache, its tokenizer, and what is found out about it."""

import sys
import urllib.request

import attrs
import pytest

from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_knowledge.memory.records import GeneralInstructions
from understudy_knowledge.models.roles import StudentRequest
from understudy_knowledge.models.vllm import Client, ServerSettings, VllmStudent
from understudy_knowledge.models.vllm.student_prompts import StudentPrompts
from understudy_knowledge.models.vllm.token_counts import TokenCounts
from understudy_knowledge.models.vllm.traits import count_tokens
from understudy_server.completion.suggest import Toolbox, ask
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document

pytestmark = pytest.mark.vllm

KINDS = ("INTEGER", "TEXT", "REAL")


def table(name, *columns, refers=""):
    keys = (ForeignKey((f"{refers[:-1]}_id",), refers, ("id",)),) if refers else ()
    return Table(
        name,
        (
            Column("id", "INTEGER", primary_key=True),
            *(Column(column, KINDS[n % 3]) for n, column in enumerate(columns)),
        ),
        keys,
    )


SHOP = (
    table("customers", "name", "tier", "city"),
    table("orders", "customer_id", "status", "total", "placed_at", refers="customers"),
    table("items", "order_id", "product_id", "price", refers="orders"),
)
# More than a prompt holds: which tables are shown has to be decided, and decided alike at every keystroke.
CROWD = tuple(table(f"ledger_{n}", *(f"account_{n}_{k}" for k in range(8))) for n in range(60))
CATALOG = Catalog((*CROWD, *SHOP))
ABOVE = "-- Orders of each day\nSELECT placed_at, COUNT(*) AS orders FROM orders GROUP BY placed_at;\n\n" * 12
STATEMENT = (
    "SELECT c.name, SUM(i.price) AS revenue FROM customers AS c JOIN orders AS o ON o.customer_id = c.id "
    "JOIN items AS i ON i.order_id = o.id WHERE o.status = 'paid'"
)
QUESTION = "-- Revenue of each customer\n"


@pytest.fixture
async def settings(vllm_server, monkeypatch):
    monkeypatch.setenv("UNDERSTUDY_TEST_KEY", "a-key-of-this-test-only")
    return ServerSettings(vllm_server.base_url, api_key_env="UNDERSTUDY_TEST_KEY", template="fim", timeout=60)


@pytest.fixture
async def student(settings):
    student = VllmStudent(settings, Client(settings))
    yield student
    await student.close()


def counter(server, name):
    """A counter of vLLM's, summed over its labels."""
    with urllib.request.urlopen(server.base_url.removesuffix("/v1") + "/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(f"{name}{{"))


@pytest.mark.parametrize("template", ["fim", "chat"])
async def test_four_fifths_of_the_prompt_tokens_of_a_hundred_keystrokes_are_cached(
    settings, vllm_server, template, capsys
):
    changed = attrs.evolve(settings, template=template)
    student = VllmStudent(changed, Client(changed))
    rules = "Revenue is the sum of the prices of paid orders.\nDates are ISO text.\n" * 4
    tools = Toolbox(student, CATALOG, general=GeneralInstructions(rules), max_tokens=2)
    above = ABOVE + QUESTION
    before = [counter(vllm_server, f"vllm:prefix_cache_{what}_total") for what in ("queries", "hits")]
    for typed in range(20, 120):
        text = (above + STATEMENT[:typed]).encode()
        document = Document("q.sql", text.decode())
        context = extract(document, len(text), language="sql", catalog=CATALOG)
        assert context.prefix.endswith(STATEMENT[:typed].split("\n")[-1])
        await ask(context, tools)
    await student.close()
    asked, hit = (
        counter(vllm_server, f"vllm:prefix_cache_{what}_total") - then
        for what, then in zip(("queries", "hits"), before, strict=True)
    )
    with capsys.disabled():
        sys.stdout.write(f"\n{template}: {hit:.0f} of {asked:.0f} prompt tokens cached ({hit / asked:.1%})\n")
    assert asked > 100 * 500
    assert hit / asked >= 0.8


async def test_a_prompt_is_counted_by_the_servers_own_tokenizer_and_keeps_its_budget(settings):
    client = Client(settings)

    async def count(text):
        return await count_tokens(client, "student", text)

    prompts, budget = StudentPrompts(TokenCounts()), 1200
    request = StudentRequest(
        "Revenue of each customer",
        CATALOG,
        prefix=STATEMENT,
        suffix="\nGROUP BY 1",
        file_context=ABOVE * 4,
        general=GeneralInstructions("Dates are ISO text, in UTC.\n" * 80),
    )
    for _ in range(6):
        whole = (
            prompts.head(request, budget) + prompts.prefix(request, budget) + prompts.suffix(request, budget)
        )
        await prompts.counts.learn(count)
    taken = await count(whole)
    await client.close()
    assert 0.4 * budget < taken <= budget


async def test_vllm_is_known_as_what_it_is_and_its_tokenizer_has_each_mark_as_one(student):
    traits, manner = await student.traits(), await student.manner()
    assert (traits.kind, traits.counts_tokens) == ("vLLM", True)
    assert traits.version
    assert (manner.at_cursor, manner.checked) == ("fim", True)


async def test_marks_that_the_tokenizer_takes_apart_are_noticed(settings):
    changed = attrs.evolve(settings, template="deepseek")
    student = VllmStudent(changed, Client(changed))
    manner = await student.manner()
    await student.close()
    assert (manner.at_cursor, manner.checked) == ("fim", False)


async def test_a_check_generates_one_token(student, vllm_server):
    before = counter(vllm_server, "vllm:generation_tokens_total")
    await student.check()
    assert counter(vllm_server, "vllm:generation_tokens_total") - before <= 1
