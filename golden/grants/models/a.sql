{{ config(materialized='table', grants={'select': var('readers')}) }}
select 1 as id
