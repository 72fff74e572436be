{{ config(materialized='ephemeral') }}
select id from {{ ref('orders') }} where "Day" > '2024-06-30'
