{{ config(materialized='external', location='out/people.csv') }}
select * from {{ ref('people') }} order by id
