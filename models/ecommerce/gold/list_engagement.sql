with lists as (

    select
        items.item_list_name,
        {{ funnel_counts(views='item_views') }}
    from {{ ref('fact_event_items') }} as items
    inner join {{ ref('fact_events') }} as events on events.event_id = items.event_id
    where items.item_list_name is not null
    group by items.item_list_name

),

rates as (

    select
        *,
        {{ rounded_ratio('item_views', 'impressions', 4) }} as ctr,
        {{ rounded_ratio('purchases', 'item_views', 4) }} as purchase_rate
    from lists

)

select *, rank() over (order by ctr desc nulls last) as rank
from rates
