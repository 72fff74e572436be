{{ config(materialized='table', tags=['nightly', 'core'], meta={'owner': 'ada'}) }}
select id from {{ ref('stg_a') }} union all select id from {{ ref('stg_b') }}
