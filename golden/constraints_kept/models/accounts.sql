{{ config(materialized='incremental', unique_key='account_id', on_schema_change='fail') }}
select customer_id * 10 as account_id, customer_id, '{{ var("plan", "free") }}' as plan from {{ ref('customers') }}
