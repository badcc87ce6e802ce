{{ config(materialized='view') }}

-- One row per order line with its net amount; the one place where net revenue is defined for dbt.
select
    l.order_line_id,
    l.order_id,
    l.product_id,
    l.lot_id,
    o.customer_id,
    o.channel,
    o.status,
    date(o.ordered_at) as ordered_on,
    l.quantity,
    l.quantity * l.unit_price_cents - l.discount_cents as net_cents,
    o.status not in ('canceled', 'refunded') as is_counted
from {{ source('roastery', 'order_lines') }} as l
join {{ source('roastery', 'orders') }} as o on o.order_id = l.order_id
