{{ config(materialized='incremental', unique_key='id', on_schema_change='fail') }}
select 1 as id, 'a' as name{% if is_incremental() %}, 10 as amount{% endif %}
