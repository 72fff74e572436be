{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}
select 2 as id, {% if is_incremental() %}10 as amount{% else %}'a' as name{% endif %}
