{{ config(materialized='incremental', incremental_strategy='mirror', unique_key='event_id') }}

select event_id, message_id, event_timestamp, user_id, event_name, platform
from {{ ref('stg_identified_deliveries') }}
where speaks_for_event
