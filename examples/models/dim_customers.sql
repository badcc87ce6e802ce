{{ config(materialized='view') }}

-- One row per open customer account with what they bought so far and whether they are loyal.
with bought as (
    select
        customer_id,
        count(distinct order_id) as orders,
        sum(net_cents) / 100.0 as net_revenue,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on
    from {{ ref('stg_order_lines') }}
    where is_counted
    group by customer_id
)
select
    c.customer_id,
    c.name,
    c.segment,
    c.country,
    c.acquisition_source,
    coalesce(b.orders, 0) as orders,
    coalesce(b.net_revenue, 0) as net_revenue,
    b.first_order_on,
    b.last_order_on,
    coalesce(b.orders, 0) >= 5 as is_loyal
from {{ source('roastery', 'customers') }} as c
left join bought as b on b.customer_id = c.customer_id
where c.deleted_at is null
