-- Complaints from the web form in the shape of all complaints, still as texts.
select
    'web_complaints' as table_name,
    'web_form' as complaint_type,
    request_id as complaint_id,
    customer_id,
    agent_id,
    complaint_category,
    cast(null as {{ dbt.type_string() }}) as media_channel,
    request_date as requested,
    cast(null as {{ dbt.type_string() }}) as call_started,
    cast(null as {{ dbt.type_string() }}) as call_ended,
    resolution_date as resolved,
    resolution_status,
    updated_at,
    {{ row_as_json('feed') }} as record_data
from {{ ref('web_complaints') }} as feed
