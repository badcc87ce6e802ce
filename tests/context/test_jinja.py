"""Jinja becomes SQL of the same bytes, and a cursor inside a tag is no place for SQL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.extract import extract
from understudy_server.context.jinja.masked import inside_jinja, jinja_tags, mask_jinja
from understudy_server.context.text.document import Document


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("{{ ref('orders') }}", "orders"),
        ('{{ ref("shop", "orders") }} o', "orders                      o"),
        ("{{- ref('orders', version=2) -}}", "orders"),
        ("{{ ref('shop', 'orders', v=2) }}", "orders"),
        ("{{ source('raw', 'daily-orders') }}", "daily_orders"),
        ("{{ref('x')}}.id", "x           .id"),
        ("{{ builtins.ref('orders') }}", "orders"),
        ("{{ dbt_utils.star(from=ref('orders'), except=['id']) }}", "*"),
        ("{{ var('day') }}", "___var__day_____"),
        ("{{ '}}' }} x", "__________ x"),
        ("{{ {'a': {}} }} x", "_____a_________ x"),
        ("{% set q = '%}' %} x", "                   x"),
        ("{# {{ ref('x') }} #} x", "/* {{ ref('x') }} */ x"),
        ("{# a */ b #} x", "/* a    b */ x"),
        ("{% raw %}{{ x }}{% endraw %} y", "         {{ x }}             y"),
        ("{{ log('x') }}select", "              select"),
    ],
)
def test_a_tag_is_masked(text: str, masked: str) -> None:
    assert mask_jinja(text.encode()).decode().rstrip() == masked
    assert len(mask_jinja(text.encode())) == len(text.encode())


def test_a_config_over_many_lines_leaves_only_its_line_ends() -> None:
    text = "{{\n  config(\n    materialized='table'\n  )\n}}\nselect 1"
    assert mask_jinja(text.encode()).decode().split() == ["select", "1"]
    assert mask_jinja(text.encode()).count(b"\n") == text.count("\n")


def test_a_reference_over_many_lines_is_its_name() -> None:
    assert mask_jinja(b"from {{\n  ref('orders')\n}} o").split() == [b"from", b"orders", b"o"]


def test_both_branches_stay_visible() -> None:
    text = "select {% if x %} a, {% else %} b, {% endif %} c"
    assert mask_jinja(text.encode()).split() == [b"select", b"a,", b"b,", b"c"]


def test_the_relations_of_two_branches_are_two() -> None:
    text = "from {% if x %} {{ ref('a') }} {% elif y %} b {% else %} {{ ref('c') }} {% endif %} where d"
    assert b" ".join(mask_jinja(text.encode()).split()) == b"from a , b , c where d"


def test_branches_that_go_on_differently_are_not_parted() -> None:
    text = "from {% if x %} a {% else %} where y {% endif %}"
    assert mask_jinja(text.encode()).split() == [b"from", b"a", b"where", b"y"]


@pytest.mark.parametrize("opened", ["{{ ref('a", "{{", "{% if x", "{# what", "{{ ref('a') }"])
def test_a_tag_being_typed_ends_with_its_line(opened: str) -> None:
    text = f"select a from {opened}\nwhere b = {{{{ var('c') }}}}"
    masked = mask_jinja(text.encode())
    assert masked.split(b"\n")[1].startswith(b"where b = ")
    assert inside_jinja(text.encode(), text.index("\n"))
    assert not inside_jinja(text.encode(), text.index("\n") + 1)


@pytest.mark.parametrize(
    ("marked", "inside"),
    [
        ("{{ ref('|') }}", True),
        ("|{{ x }}", False),
        ("{|{ x }}", True),
        ("{{ x }|}", True),
        ("{{ x }}|", False),
        ("{{ x }} | {{ y }}", False),
        ("{# a | #}", True),
        ("{% set x %} | {% endset %}", False),
    ],
)
def test_the_cursor_is_inside_between_the_delimiters(marked: str, inside: bool) -> None:
    before, after = marked.split("|")
    assert inside_jinja((before + after).encode(), len(before)) is inside


pieces = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{#", "#}", "'", '"', "ref(", ")", " if ", "else", "endif", "raw", "endraw", "\n", "\r\n", "a", "é", " from ", "-", "\\", "}"]
)  # fmt: skip


@given(st.lists(pieces, max_size=30).map("".join))
def test_masking_keeps_the_length_and_every_byte_outside_of_tags(text: str) -> None:
    source = text.encode()
    masked = mask_jinja(source)
    assert len(masked) == len(source)
    position = 0
    for tag in jinja_tags(source):
        assert position <= tag.span.start < tag.span.end
        assert masked[position : tag.span.start] == source[position : tag.span.start]
        position = tag.span.end
    assert masked[position:] == source[position:]


@pytest.mark.parametrize("this", ["{{ this }}", "{{this}}", "{{- this -}}"])
def test_this_is_the_table_that_the_model_makes(this: str) -> None:
    catalog = Catalog((Table("fct_sales", (Column("day"), Column("total"))),))
    text = f"select  from {{{{ ref('x') }}}} where day > (select max(day) from {this} t where t.)"
    document = Document("file:///shop/models/fct_sales.sql", text)
    context = extract(document, text.index("t.)") + 2, language="sql", catalog=catalog)
    assert context is not None
    assert context.relations[0].columns == ("day", "total")
    assert context.relations[0].table == "fct_sales"


@pytest.mark.parametrize(
    ("text", "name", "columns"),
    [
        ("{% if is_incremental() %} select ⎸ from {{ this }} {% endif %}", "fct_sales", ("day", "total")),
        ("select ⎸ from {{- this -}}", "fct_sales", ("day", "total")),
        ("select ⎸ from {{ ref('stg_orders') }", "stg_orders", ("order_id",)),
        ("select ⎸ from {{ ref('stg_orders')\nwhere day > 1", "stg_orders", ("order_id",)),
        ("select ⎸ from {{ var('table') }}", "var('table')", None),
        ("select ⎸ from {{ dbt.relation(\n'a') }}", "dbt.relation(", None),
        ("select ⎸ from {{ ref(model) }", "ref(model)", None),
        ("select ⎸ from {{ pick({'a': 1}) }}", "pick({'a': 1})", None),
        ("select ⎸ from {{ prefix }}_orders", "{{ prefix }}_orders", None),
        ("select ⎸ from {{ target.schema }}.orders", "orders", None),
        ("select ⎸ from {{}}", "{{}}", None),
    ],
)
def test_a_relation_is_called_by_what_stands_in_its_tag(
    text: str, name: str, columns: tuple[str, ...] | None
) -> None:
    catalog = Catalog(
        (Table("fct_sales", (Column("day"), Column("total"))), Table("stg_orders", (Column("order_id"),)))
    )
    before, after = text.split("⎸")
    document = Document("models/fct_sales.sql", before + after)
    context = extract(document, len(before), language="sql", catalog=catalog)
    assert context is not None
    assert [(relation.name, relation.columns) for relation in context.relations] == [(name, columns)]


def test_a_model_that_no_catalog_knows_is_this_all_the_same() -> None:
    context = extract(Document("models/new.sql", "select  from {{ this }}"), 7, language="sql")
    assert context is not None
    assert [(relation.name, relation.table) for relation in context.relations] == [("new", "new")]


def test_a_tag_that_qualifies_at_the_cursor_is_found_among_the_relations() -> None:
    text = "select {{ this }}. from {{ this }}"
    context = extract(Document("models/new.sql", text), text.index(". ") + 1, language="sql")
    assert context is not None
    assert context.prefix.endswith(f"{context.relations[0].name}.")
