-- Messages that cannot be used, and what could not be read at all.
select
    case when quarantine_reason <> 'not_json' then message_id end as message_id,
    case when quarantine_reason = 'not_json' then file_name else record_name end as file_name,
    quarantine_reason as reason
from {{ quarantine(ref('stg_event_deliveries')) }}

union

select null as message_id, {{ record_name('_file', '_line') }} as file_name, 'not_json' as reason
from {{ quarantine(source('ecommerce_raw', 'events')) }}
