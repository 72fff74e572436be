{{ config(materialized='view') }}
select * from {{ ref('values') }}
