-- Calls as their files tell them, cleaned: one row a record. What cannot be used goes to the quarantine.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='file_name',
    post_hook=[
        "{{ forget_changed(this, source('call_center_raw', 'calls')) }}",
        "{{ forget_changed(own_quarantine(), source('call_center_raw', 'calls')) }}",
    ]
) }}

with calls as (

    select
        {{ record_of_file() }},
        {{ trimmed('call_id') }} as call_id,
        {{ cleaned('agent_name') }} as agent_name,
        {{ trimmed('"timestamp"') }} as call_timestamp,
        {{ cleaned('transcript_text') }} as transcript_text
    from {{ source('call_center_raw', 'calls') }}
    where {{ is_changed('_file', '_loaded_at') }}

)

select
    file_name,
    loaded_at,
    record_name,
    has_other_records,
    call_id,
    coalesce({{ capitalised('agent_name') }}, 'Unknown Agent') as agent_name,
    {{ timestamp_from_iso('call_timestamp') }} as call_timestamp,
    transcript_text
from calls
