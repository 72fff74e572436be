-- Records that tell of no call that can be used, and what could not be read at all.
select
    case when quarantine_reason = 'not_json' then file_name else record_name end as file_name,
    case when quarantine_reason <> 'not_json' then call_id end as call_id,
    quarantine_reason as reason
from {{ quarantine(ref('bronze_calls')) }}

union

select {{ record_name('_file', '_line') }} as file_name, null as call_id, 'not_json' as reason
from {{ quarantine(source('call_center_raw', 'calls')) }}
