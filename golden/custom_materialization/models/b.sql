{{ config(materialized='stmped') }}
select 1 as id
