{{ config(
    materialized='table',
    partition_by={'field': 'day', 'data_type': 'date', 'granularity': 'year'},
    contract={'enforced': true}
) }}
select distinct cast(happened_at as date) as day, kind from {{ source('raw', 'events') }} where happened_at is not null
