-- Which event each good delivery tells of. The queue delivers at least once: the delivery with the smallest message id
-- speaks for its event.
with item_lists as (

    select
        record_name,
        {{ dbt.listagg(hashable('item_id'), "''", 'order by position') }} as item_ids
    from {{ ref('stg_delivered_items') }}
    group by record_name

),

identified as (

    select
        deliveries.record_name,
        deliveries.message_id,
        deliveries.event_timestamp,
        deliveries.user_id,
        deliveries.event_name,
        deliveries.platform,
        {{ hashed_key([
            'deliveries.user_id', 'deliveries.event_timestamp', 'deliveries.event_name', 'deliveries.platform',
            'item_lists.item_ids'
        ]) }} as event_id
    from {{ ref('stg_event_deliveries') }} as deliveries
    left join item_lists on item_lists.record_name = deliveries.record_name

)

select
    *,
    row_number() over (
        partition by event_id
        order by {{ by_code_point('message_id') }}, {{ by_code_point('record_name') }}
    ) = 1 as speaks_for_event
from identified
