{{ config(materialized='table') }}

select
    customer,
    count(*) as orders,
    sum(amount) as revenue,
    min(ordered_on) as first_order
from {{ ref('stg_orders') }}
group by customer
