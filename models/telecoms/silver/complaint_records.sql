-- Every good row of the three feeds of complaints, cleaned; the bad ones are quarantined.
with records as (

    select * from {{ ref('stg_web_complaints') }}
    union all
    select * from {{ ref('stg_social_media_complaints') }}
    union all
    select * from {{ ref('stg_call_log_complaints') }}

),

cleaned as (

    select
        table_name,
        complaint_type,
        {{ trimmed('complaint_id') }} as complaint_id,
        {{ trimmed('customer_id') }} as customer_id,
        {{ trimmed('agent_id') }} as agent_id,
        complaint_category,
        media_channel,
        {{ date_from_iso('requested') }} as request_date,
        {{ timestamp_from_iso('call_started') }} as call_start_time,
        {{ timestamp_from_iso('call_ended') }} as call_end_time,
        {{ date_from_iso('resolved') }} as resolution_date,
        {{ meant('resolution_status', complaint_statuses()) }} as resolution_status,
        {{ timestamp_from_iso('updated_at') }} as updated_at,
        record_data
    from records

)

select
    {{ hashed_key(['complaint_type', 'complaint_id']) }} as complaint_key,
    table_name,
    complaint_type,
    complaint_id,
    customer_id,
    agent_id,
    complaint_category,
    media_channel,
    request_date,
    call_start_time,
    call_end_time,
    case when complaint_type <> 'call_log' or resolution_status = 'resolved' then resolution_date end as resolution_date,
    resolution_status,
    updated_at,
    record_data
from cleaned
