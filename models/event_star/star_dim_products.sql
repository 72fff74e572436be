-- Products as the latest event describes them, and the unknown one.
with observations as (

    select
        items.item_id,
        items.item_name,
        items.item_category,
        row_number() over (
            partition by items.item_id
            order by events.event_timestamp desc, items.event_id desc, items.position desc
        ) as place_from_last
    from {{ ref('silver_items') }} as items
    inner join {{ ref('silver_events') }} as events on events.event_id = items.event_id
    where items.item_id <> 'unknown'

),

products as (

    select item_id, item_name, item_category
    from observations
    where place_from_last = 1

    union all

    select 'unknown' as item_id, 'unknown' as item_name, 'unknown' as item_category

)

select {{ hashed_key(['item_id']) }} as product_key, item_id, item_name, item_category
from products
