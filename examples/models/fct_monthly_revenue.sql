{{ config(materialized='view') }}

-- Net revenue, orders and units by month and channel.
select
    strftime('%Y-%m', ordered_on) as month,
    channel,
    round(sum(net_cents) / 100.0, 2) as net_revenue,
    count(distinct order_id) as orders,
    sum(quantity) as units
from {{ ref('stg_order_lines') }}
where is_counted
group by 1, 2
