"""A shop, and the grammar at a cursor marked by `|`."""

import random
from collections.abc import Callable, Iterator

import pytest

from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_server.completion.grammar import Grammars
from understudy_server.completion.grammar.nodes import (
    Alt,
    Chars,
    Gap,
    Grammar,
    Node,
    Ref,
    Repeat,
    Text,
    class_of,
)
from understudy_server.completion.grammar.residual import after, may_be_empty
from understudy_server.context.extract import extract
from understudy_server.context.query_context import QueryContext
from understudy_server.context.text.document import Document

SIGNS = [chr(number) for number in range(32, 127)] + list("éüłжΩ")

Place = tuple[QueryContext, Catalog]
MakeContext = Callable[..., QueryContext]
Accepts = Callable[[str, str], bool]


@pytest.fixture(scope="session")
def shop() -> Catalog:
    return Catalog(
        (
            Table("customers", (Column("customer_id"), Column("name"), Column("city"))),
            Table(
                "orders",
                (Column("order_id"), Column("customer_id"), Column("ordered_on"), Column("total_cents")),
                (ForeignKey(("customer_id",), "customers", ("customer_id",)),),
            ),
            Table(
                "order_lines",
                (Column("order_id"), Column("product"), Column("quantity")),
                (ForeignKey(("order_id",), "orders", ("order_id",)),),
            ),
        )
    )


@pytest.fixture(scope="session")
def at(shop: Catalog) -> MakeContext:
    """The query context at the `|` of a file's text."""

    def make(
        marked: str, catalog: Catalog = shop, dialect: str = "sqlite", name: str = "q.sql"
    ) -> QueryContext:
        before, behind = marked.split("|")
        language = "python" if name.endswith(".py") else "sql"
        context = extract(
            Document(name, before + behind),
            len(before.encode()),
            language=language,  # type: ignore[arg-type]
            catalog=catalog,
            dialect=dialect,
        )
        assert context is not None
        return context

    return make


@pytest.fixture(scope="session")
def grammar_at(at: MakeContext, shop: Catalog) -> Callable[..., Grammar | None]:
    """The grammar there; None where there is none."""

    def make(marked: str, catalog: Catalog = shop, **terms: str) -> Grammar | None:
        return Grammars().grammar_for(at(marked, catalog, **terms), catalog)

    return make


@pytest.fixture(scope="session")
def accepts(grammar_at: Callable[..., Grammar | None]) -> Callable[..., bool]:
    """Whether the text is one of the grammar's derivations there."""

    def ask(marked: str, text: str, **terms: object) -> bool:
        grammar = grammar_at(marked, **terms)
        assert grammar is not None, f"no grammar at {marked}"
        return derives(grammar, text)

    return ask


def derives(grammar: Grammar, text: str) -> bool:
    """Whether the text is a derivation, case aside."""
    return may_be_empty(after(grammar, text), grammar) if text else may_be_empty(grammar.root, grammar)


@pytest.fixture(scope="session")
def derivations() -> Callable[[Grammar, random.Random, int], Iterator[str]]:
    """Random derivations of a grammar, from its nodes and not from its text."""

    def make(grammar: Grammar, draw: random.Random, count: int) -> Iterator[str]:
        return (derivation(grammar, grammar.root, draw) for _ in range(count))

    return make


def derivation(grammar: Grammar, node: Node, draw: random.Random) -> str:
    """One derivation, drawn by `draw`."""
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Gap):
        return draw.choice((" ", "\n", "\n    ")) if node.breaks else " "
    if isinstance(node, Chars):
        fitting = [sign for sign in SIGNS if class_of(node.members).match(sign)]
        return "".join(draw.choices(fitting, k=draw.randint(node.least, min(node.most, node.least + 6))))
    if isinstance(node, Ref):
        return derivation(grammar, grammar.rules[node.name], draw)
    if isinstance(node, Alt):
        return derivation(grammar, draw.choice(node.options), draw)
    if isinstance(node, Repeat):
        return "".join(
            derivation(grammar, node.part, draw) for _ in range(draw.randint(node.least, node.most))
        )
    return "".join(derivation(grammar, part, draw) for part in node.parts)
