-- One row an event and item.
select
    items.item_record_id as fact_key,
    {{ date_key('events.event_timestamp') }} as date_key,
    {{ hashed_key([or_unknown('items.item_id')]) }} as product_key,
    {{ hashed_key([or_unknown('items.item_list_name')]) }} as list_key,
    events.user_id,
    events.event_name,
    events.platform,
    events.event_timestamp
from {{ ref('silver_items') }} as items
inner join {{ ref('silver_events') }} as events on events.event_id = items.event_id
