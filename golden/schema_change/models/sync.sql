{{ config(materialized='incremental', unique_key='id', on_schema_change='sync_all_columns') }}
select 3 as id, {% if is_incremental() %}10 as amount{% else %}'a' as name{% endif %}
