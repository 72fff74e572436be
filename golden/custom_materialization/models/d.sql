{{ config(materialized='unwritten') }}
select 1 as id
