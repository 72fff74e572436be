with products as (

    select
        items.item_id,
        {{ funnel_counts(views='views') }},
        coalesce(sum(case when events.event_name = 'purchase' then items.total_price end), 0) as revenue
    from {{ ref('fact_event_items') }} as items
    inner join {{ ref('fact_events') }} as events on events.event_id = items.event_id
    where items.item_id is not null
    group by items.item_id

),

rates as (

    select *, {{ rounded_ratio('purchases', 'views', 4) }} as view_to_purchase_rate
    from products

)

select
    rates.item_id,
    names.item_name,
    rates.impressions,
    rates.views,
    rates.checkouts,
    rates.purchases,
    rates.revenue,
    rates.view_to_purchase_rate,
    row_number() over (
        order by
            rates.view_to_purchase_rate desc nulls last,
            rates.revenue desc,
            {{ by_code_point('rates.item_id') }}
    ) as rank
from rates
inner join {{ ref('dim_items') }} as names on names.item_id = rates.item_id and names.is_current
