-- Items in lists with the events that they are part of.
{{ config(materialized='view') }}

select
    items.event_item_id,
    items.event_id,
    items.item_id,
    items.item_name,
    items.item_list_name,
    items.item_list_id,
    items.item_category,
    items.item_brand,
    items.price,
    items.total_price,
    items.quantity,
    items.position_in_list,
    items.has_discount,
    items.discount_amount,
    items.in_stock,
    events.event_timestamp,
    events.user_id,
    events.session_id,
    events.event_date,
    events.event_hour
from {{ ref('fact_event_items') }} as items
inner join {{ ref('fact_events') }} as events on events.event_id = items.event_id
where items.item_list_name is not null
