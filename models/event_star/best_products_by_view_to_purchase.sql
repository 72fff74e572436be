-- Which products are bought once they are looked at? Purchases over views.
with products as (

    select
        products.item_id,
        {{ funnel_counts(views='views') }}
    from {{ ref('star_fact_events') }} as facts
    inner join {{ ref('star_dim_products') }} as products on products.product_key = facts.product_key
    where products.item_id <> 'unknown'
    group by products.item_id

),

rates as (

    select item_id, {{ rounded_ratio('purchases', 'views', 4) }} as rate
    from products
    where views > 0

)

select item_id, rate, rank() over (order by rate desc) as rank
from rates
