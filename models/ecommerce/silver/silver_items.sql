{{ config(materialized='incremental', incremental_strategy='mirror', unique_key='item_record_id') }}

select
    {{ hashed_key(['deliveries.event_id', 'items.position']) }} as item_record_id,
    deliveries.event_id,
    items.position,
    items.item_id,
    items.item_name,
    items.item_brand,
    items.item_category,
    items.price,
    items.quantity,
    items.item_list_id,
    items.item_list_name,
    items.item_list_index,
    items.promotion_name,
    items.in_stock,
    items.discounts,
    items.discount_amount,
    items.total_price,
    items.number_of_installments
from {{ ref('stg_identified_deliveries') }} as deliveries
inner join {{ ref('stg_delivered_items') }} as items on items.record_name = deliveries.record_name
where deliveries.speaks_for_event
