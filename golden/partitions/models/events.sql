{{ config(
    materialized='incremental',
    incremental_strategy='append',
    partition_by={'field': 'happened_at', 'data_type': 'timestamp', 'granularity': var('granularity', 'month')},
    indexes=[{'columns': ['event_id', 'happened_at'], 'unique': true}, {'columns': [var('indexed', 'kind')]}]
) }}
select event_id, kind, happened_at
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where event_id not in (select event_id from {{ this }})
{% endif %}
