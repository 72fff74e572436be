{{ config(materialized='incremental', unique_key='id') }}
select 1 as id, 'a' as name{% if is_incremental() %}, 10 as amount{% endif %}
