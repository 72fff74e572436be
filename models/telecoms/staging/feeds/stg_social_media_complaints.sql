-- Complaints from social media in the shape of all complaints, still as texts.
select
    'social_media' as table_name,
    'social_media' as complaint_type,
    complaint_id,
    customer_id,
    agent_id,
    complaint_category,
    media_channel,
    request_date as requested,
    cast(null as {{ dbt.type_string() }}) as call_started,
    cast(null as {{ dbt.type_string() }}) as call_ended,
    resolution_date as resolved,
    resolution_status,
    updated_at,
    {{ row_as_json('feed') }} as record_data
from {{ source('telecoms_raw', 'social_media') }} as feed
