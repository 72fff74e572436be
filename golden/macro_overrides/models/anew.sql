{{ config(materialized='incremental', incremental_strategy='append', meta={'always_anew': true}) }}
select id from {{ ref('people') }}
