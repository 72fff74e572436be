{{ config(materialized='table') }}
select 1 as id, 'open' as status, 1 as customer_id
union all select 2, 'closd', 9
union all select 2, null, 1
