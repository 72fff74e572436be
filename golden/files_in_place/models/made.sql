{{ config(materialized='table', export={'location': 'data/made.parquet', 'order_by': 'id'}) }}
select 1 as id, 'x' as name union all select 2, null
