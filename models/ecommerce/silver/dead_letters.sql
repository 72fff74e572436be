-- Files that could not be read, and messages that cannot be used.
select
    case when quarantine_reason <> 'not_json' then message_id end as message_id,
    file_name,
    quarantine_reason as reason
from {{ quarantine(ref('stg_event_deliveries')) }}

union

select null as message_id, _file as file_name, 'not_json' as reason
from {{ quarantine(source('ecommerce_raw', 'events')) }}
