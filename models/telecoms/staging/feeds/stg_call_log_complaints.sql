-- Complaints made by phone in the shape of all complaints, still as texts. They are requested when the call starts, and
-- resolved, if they are, when it ends.
select
    'call_logs' as table_name,
    'call_log' as complaint_type,
    call_id as complaint_id,
    customer_id,
    agent_id,
    complaint_category,
    cast(null as {{ dbt.type_string() }}) as media_channel,
    call_start_time as requested,
    call_start_time as call_started,
    call_end_time as call_ended,
    call_end_time as resolved,
    resolution_status,
    updated_at,
    {{ row_as_json('feed') }} as record_data
from {{ source('telecoms_raw', 'call_logs') }} as feed
