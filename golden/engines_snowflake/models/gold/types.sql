{{ config(materialized='view') }}
select * from {{ ref('kinds') }}
