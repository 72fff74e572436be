-- What the queue delivered: one row a message, its body unwrapped. What cannot be used goes to the quarantine.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='file_name',
    post_hook=[
        "{{ forget_changed(this, source('ecommerce_raw', 'events')) }}",
        "{{ forget_changed(own_quarantine(), source('ecommerce_raw', 'events')) }}",
    ]
) }}

with messages as (

    select
        {{ record_of_file() }},
        {{ trimmed('message_id') }} as message_id,
        {{ json_or_null('body') }} as body
    from {{ source('ecommerce_raw', 'events') }}
    where {{ is_changed('_file', '_loaded_at') }}

),

events as (

    select
        file_name,
        loaded_at,
        record_name,
        has_other_records,
        message_id,
        {{ json_kind('body') }} as body_kind,
        {{ json_field('body', 'event_timestamp') }} as event_timestamp,
        {{ json_field('body', 'user_id') }} as user_id,
        {{ json_field('body', 'event_name') }} as event_name,
        {{ json_field('body', 'platform') }} as platform,
        -- an event without items has none
        {{ json_or_null("coalesce(" ~ trimmed(json_field('body', 'items')) ~ ", '[]')") }} as items
    from messages

)

select
    file_name,
    loaded_at,
    record_name,
    has_other_records,
    message_id,
    body_kind,
    {{ timestamp_from_micros(integer_or_null('event_timestamp')) }} as event_timestamp,
    {{ unless_blank('user_id') }} as user_id,
    event_name,
    platform,
    case when {{ is_array_of_objects('items') }} then items end as items
from events
