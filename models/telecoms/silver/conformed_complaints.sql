-- The newest good version of each complaint.
{{ config(materialized='incremental', incremental_strategy='mirror', unique_key='complaint_key') }}

with ranked as (

    select *, row_number() over (partition by complaint_key order by updated_at desc) as version_rank
    from {{ ref('complaint_records') }}

)

select
    complaint_key,
    complaint_type,
    complaint_id,
    customer_id,
    agent_id,
    complaint_category,
    media_channel,
    request_date,
    call_start_time,
    call_end_time,
    resolution_date,
    resolution_status,
    updated_at
from ranked
where version_rank = 1
