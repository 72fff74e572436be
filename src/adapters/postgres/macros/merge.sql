{# `merge` came with version 15; before, an update and an insert do the same. #}
{% macro postgres__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) %}
  {% set version = run_query('show server_version_num').rows[0][0] | int if execute else 0 %}
  {% if version >= 150000 %}
    {% do return(default__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates)) %}
  {% endif %}
  {% do return(postgres__update_and_insert_sql(target, source, unique_key, dest_columns, incremental_predicates)) %}
{% endmacro %}

{# In one statement: both parts see the table as it was before. #}
{% macro postgres__update_and_insert_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
  {% set condition = get_merge_condition(unique_key, incremental_predicates) -%}
  {{ config.get('sql_header') or '' }}
  {% if unique_key -%}
  with updated as (
    update {{ target }} as DBT_INTERNAL_DEST
    set {{ get_merge_assignments(dest_columns) }}
    from {{ source }} as DBT_INTERNAL_SOURCE
    where {{ condition }}
  )
  {%- endif %}
  insert into {{ target }} ({{ get_quoted_csv(dest_columns | map(attribute='name')) }})
  select {{ get_source_columns(dest_columns) }}
  from {{ source }} as DBT_INTERNAL_SOURCE
  where not exists (select 1 from {{ target }} as DBT_INTERNAL_DEST where {{ condition }})
{%- endmacro %}
