{{ config(materialized='table') }}
select 1 as id, {{ "'open'" if var('good') else '7' }} as status {{ '' if var('good') else ', 1 as extra' }}
