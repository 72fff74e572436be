{{ config(materialized='table') }}
select * from (values (1, 'ada', 10), (2, 'grace', 20)) as t(id, name, amount)
