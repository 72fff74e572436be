{{ config(materialized='table', post_hook="insert into nowhere values (1)") }}
select * from {{ ref('a') }}
