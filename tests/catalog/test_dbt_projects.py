"""Tables of dbt projects: from what is compiled, and from their own files where nothing is."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog, ForeignKey, Table, discover
from understudy_knowledge.catalog.dbt_jinja import plain_sql
from understudy_knowledge.catalog.dbt_yaml import NotReadableError, load_yaml

PROJECT = {
    "dbt_project.yml": "name: shop\nmodel-paths: [models]\nseed-paths: ['seeds']\n",
    "models/sources.yml": """
version: 2
sources:
  - name: raw
    schema: landing
    tables:
      - name: orders
        description: One row per order.
        columns:
          - {name: id, data_type: bigint, tests: [unique, not_null]}
          - {name: customer_id, data_tests: [{relationships: {arguments: {to: "ref('customers')", field: customer_id}}}]}
""",
    "models/schema.yml": """
models:
  - name: stg_orders
    description: Orders, cleaned.
    columns:
      - name: order_id
        description: Primary key.
        tests: [unique, not_null]
      - name: status
        tests:
          - accepted_values: {values: [open, done]}
      - name: customer_id
        tests:
          - relationships: {to: ref('customers'), field: customer_id}
""",
    "models/mart.sql": """{{ config(materialized='table') }}
{%- set methods = ['a', 'b'] -%}
with o as (select * from {{ ref('stg_orders') }})
select o.order_id, c.name as customer_name
  {% for m in methods %}, sum(case when o.status = '{{ m }}' then 1 end) as {{ m }}_orders {% endfor %}
from o left join {{ ref('shop', 'customers') }} c on c.customer_id = o.customer_id
{% if is_incremental() %} where o.order_id > (select max(order_id) from {{ this }}) {% else %} where broken ( {% endif %}
group by 1, 2
""",
    "models/stg_orders.sql": "{# a note #}select id as order_id, customer_id, 'open' as status from {{ source('raw', 'orders') }};",
    "seeds/customers.csv": "customer_id,name\n1,Ann\n",
    "snapshots/s.sql": "{% snapshot orders_snapshot %} {{ config(unique_key='id') }} select order_id from {{ ref('stg_orders') }} {% endsnapshot %}",
    "macros/m.sql": "{% macro x() %} create table never (x int) {% endmacro %}",
}


def written(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


def table(catalog: Catalog, name: str) -> Table:
    found = catalog.table(name)
    assert found is not None
    return found


def names(catalog: Catalog, name: str) -> list[str]:
    return [column.name for column in table(catalog, name).columns]


def test_a_project_without_a_manifest_is_known_by_its_own_files(tmp_path: Path) -> None:
    catalog = discover(written(tmp_path / "dbt" / "..", PROJECT))
    assert catalog.notes == ()
    assert names(catalog, "stg_orders") == ["order_id", "customer_id", "status"]
    assert names(catalog, "customers") == ["customer_id", "name"]
    assert names(catalog, "landing.orders") == ["id", "customer_id"]
    assert set(names(catalog, "orders_snapshot")) >= {"order_id", "dbt_valid_from", "dbt_valid_to"}
    staged = table(catalog, "stg_orders")
    assert (staged.comment, staged.source, staged.columns[0].comment) == (
        "Orders, cleaned.",
        "models/stg_orders.sql",
        "Primary key.",
    )
    assert staged.columns[2].samples == ("open", "done")
    assert staged.foreign_keys == (ForeignKey(("customer_id",), "customers", ("customer_id",)),)
    assert table(catalog, "orders").primary_key == ("id",)


def test_columns_that_only_running_would_tell_are_not_invented(tmp_path: Path) -> None:
    catalog = discover(written(tmp_path, PROJECT))
    mart = table(catalog, "mart")
    assert names(catalog, "mart") == ["order_id", "customer_name"]
    assert mart.partial


def manifest() -> dict[str, Any]:
    return {
        "sources": {
            "source.shop.raw.orders": {
                "resource_type": "source", "name": "orders", "identifier": "orders_v1", "schema": "landing", "database": "db",
                "description": "One row per order.", "columns": {"id": {"name": "id", "data_type": "bigint"}},
            }
        },
        "nodes": {
            "model.shop.stg": {
                "resource_type": "model", "name": "stg", "alias": "stg_orders", "schema": "main", "database": "db",
                "description": "Cleaned.", "config": {"materialized": "view"}, "original_file_path": "models/stg.sql",
                "columns": {"order_id": {"name": "order_id", "description": "The key."}},
                "compiled_code": 'select id as order_id, 1 as one from "db"."landing"."orders_v1"',
            },
            "model.shop.mart": {
                "resource_type": "model", "name": "mart", "schema": "main", "columns": {},
                "raw_code": "select order_id from {{ ref('stg') }}",
            },
            "test.shop.unique": {
                "resource_type": "test", "attached_node": "model.shop.stg", "column_name": "order_id",
                "test_metadata": {"name": "unique", "kwargs": {"column_name": "order_id"}},
            },
            "test.shop.not_null": {
                "resource_type": "test", "attached_node": "model.shop.stg", "column_name": "order_id",
                "test_metadata": {"name": "not_null", "kwargs": {"column_name": "order_id"}},
            },
            "test.shop.related": {
                "resource_type": "test", "attached_node": "model.shop.mart", "column_name": "order_id",
                "test_metadata": {"name": "relationships", "kwargs": {"to": "ref('stg')", "field": "order_id", "column_name": "order_id"}},
            },
        },
    }  # fmt: skip


def compiled(root: Path, content: object, types: object = None) -> Path:
    written(root, {"dbt_project.yml": "name: shop\n", "target/manifest.json": json.dumps(content)})
    if types is not None:
        (root / "target" / "catalog.json").write_text(json.dumps(types), "utf-8")
    return root


def test_a_manifest_names_tables_as_ref_does_and_as_the_database_does(tmp_path: Path) -> None:
    catalog = discover(compiled(tmp_path, manifest()))
    assert catalog.notes == ()
    stg = table(catalog, "stg")
    assert (stg.path, stg.comment, stg.kind, stg.primary_key) == (
        "db.main.stg",
        "Cleaned.",
        "view",
        ("order_id",),
    )
    assert stg.source == "target/manifest.json (models/stg.sql)"
    assert "one" in names(catalog, "stg")
    assert table(catalog, "db.main.stg_orders").columns
    assert table(catalog, "landing.orders_v1").columns == table(catalog, "orders").columns
    assert table(catalog, "mart").foreign_keys == (ForeignKey(("order_id",), "stg", ("order_id",)),)


def test_the_databases_own_types_complete_a_manifest(tmp_path: Path) -> None:
    types = {
        "nodes": {
            "model.shop.stg": {
                "columns": {
                    "ONE": {"name": "ONE", "type": "INTEGER", "index": 2},
                    "ORDER_ID": {"name": "ORDER_ID", "type": "NUMBER(38,0)", "index": 1, "comment": None},
                }
            }
        }
    }
    stg = table(discover(compiled(tmp_path, manifest(), types)), "stg")
    assert [(column.name, column.type, column.comment) for column in stg.columns] == [
        ("ORDER_ID", "NUMBER(38,0)", "The key."),
        ("ONE", "INTEGER", ""),
    ]
    assert not stg.partial


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"nodes": 3}',
        "[" * 100_000,
        '{"nodes": {"a": {"resource_type": "model", "columns": [1]}}}',
    ],
)
def test_a_broken_manifest_costs_at_most_a_sentence(text: str, tmp_path: Path) -> None:
    written(tmp_path, PROJECT | {"target/manifest.json": text})
    catalog = discover(tmp_path)
    assert len(catalog.notes) <= 1
    assert catalog.table("stg_orders") is not None


def test_aliases_that_would_fill_the_memory_are_refused() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    for text in (
        bomb,
        "[" * 5_000,
        "- " * 5_000,
        "a: &a\n  b: *a\n",
        "x: !!python/object/apply:os.system [id]",
        "d: 2024-99-99",
    ):
        with pytest.raises(NotReadableError):
            load_yaml(text)
    assert load_yaml("base: &b {x: 1}\nmore: {<<: *b, y: 2}\n")["more"] == {"x": 1, "y": 2}


def test_broken_yaml_costs_one_sentence(tmp_path: Path) -> None:
    catalog = discover(written(tmp_path, PROJECT | {"models/broken.yml": "models:\n  - name: {{ x }}\n   y"}))
    assert [note.partition(":")[0] for note in catalog.notes] == ["models/broken.yml"]
    assert names(catalog, "customers") == ["customer_id", "name"]


@given(st.text(alphabet="{%}#'\" ifelsndrt()x=\n", max_size=80), st.text(max_size=40))
def test_no_text_stops_the_readers(template: str, text: str) -> None:
    plain_sql(template)
    with contextlib.suppress(NotReadableError):
        load_yaml(text)
