{{ config(materialized='stamped', stamp='hello') }}
select 1 as id
