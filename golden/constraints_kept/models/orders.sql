{{ config(materialized='incremental', unique_key='order_id', on_schema_change='fail') }}
select order_id, account_id, {{ var('amount', 5) }} as amount
from (values (100, 10), (101, 20), (102, {{ var('last_account', 30) }})) as v (order_id, account_id)
