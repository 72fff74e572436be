{# Brings the differences into a snapshot's table: ends versions, then adds the new ones. #}
{% macro snapshot_merge_sql(target, source, insert_cols) %}
  {% do return(adapter.dispatch('snapshot_merge_sql', 'dbt')(target, source, insert_cols)) %}
{% endmacro %}

{# `insert_cols` are in quotes. Two statements rather than `merge`: every engine has them. #}
{% macro default__snapshot_merge_sql(target, source, insert_cols) -%}
  {% set columns = snapshot_column_names() -%}
  update {{ target }} as DBT_INTERNAL_DEST
  set {{ columns.dbt_valid_to }} = DBT_INTERNAL_SOURCE.{{ columns.dbt_valid_to }}
  from {{ source }} as DBT_INTERNAL_SOURCE
  where DBT_INTERNAL_SOURCE.{{ columns.dbt_scd_id }} = DBT_INTERNAL_DEST.{{ columns.dbt_scd_id }}
    and DBT_INTERNAL_SOURCE.dbt_change_type in ('update', 'delete')
    and {{ snapshot_is_current('DBT_INTERNAL_DEST') }};

  insert into {{ target }} ({{ insert_cols | join(', ') }})
  select {% for column in insert_cols %}DBT_INTERNAL_SOURCE.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
  from {{ source }} as DBT_INTERNAL_SOURCE
  where DBT_INTERNAL_SOURCE.dbt_change_type = 'insert'
{%- endmacro %}
