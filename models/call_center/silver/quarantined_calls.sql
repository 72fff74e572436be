-- Files that could not be read, and those that tell of no call that can be used.
select
    file_name,
    case when quarantine_reason <> 'not_json' then call_id end as call_id,
    quarantine_reason as reason
from {{ quarantine(ref('bronze_calls')) }}

union

select _file as file_name, null as call_id, 'not_json' as reason
from {{ quarantine(source('call_center_raw', 'calls')) }}
