{# `merge`: rows with a known key are updated, the others inserted. Conditions see the table as `DBT_INTERNAL_DEST` and
   the new rows as `DBT_INTERNAL_SOURCE`. #}

{% macro get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) %}
  {% do return(adapter.dispatch('get_merge_sql', 'dbt')(target, source, unique_key, dest_columns, incremental_predicates)) %}
{% endmacro %}

{% macro default__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
  {% set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
  {{ config.get('sql_header') or '' }}
  merge into {{ target }} as DBT_INTERNAL_DEST
  using {{ source }} as DBT_INTERNAL_SOURCE
  on {{ get_merge_condition(unique_key, incremental_predicates) }}
  {%- if unique_key %}
  when matched then update set
    {{ get_merge_assignments(dest_columns) }}
  {%- endif %}
  when not matched then insert ({{ columns }})
  values ({{ get_source_columns(dest_columns) }})
{%- endmacro %}

{# When a new row meets an old one: by the key and all predicates; without a key never. #}
{% macro get_merge_condition(unique_key, incremental_predicates) %}
  {% set keys = [unique_key] if unique_key and unique_key is string else (unique_key or []) %}
  {% set predicates = [incremental_predicates] if incremental_predicates is string else (incremental_predicates or []) %}
  {% set conditions = [] %}
  {% for key in keys %}
    {% do conditions.append('(' ~ get_merge_unique_key_match('DBT_INTERNAL_SOURCE.' ~ key, 'DBT_INTERNAL_DEST.' ~ key) ~ ')') %}
  {% else %}
    {% do conditions.append('false') %}
  {% endfor %}
  {% for predicate in predicates %}
    {% do conditions.append('(' ~ predicate ~ ')') %}
  {% endfor %}
  {% do return(conditions | join(' and ')) %}
{% endmacro %}

{# What an update sets, by the model's `merge_update_columns` and `merge_exclude_columns`. #}
{% macro get_merge_assignments(dest_columns) -%}
  {% set columns = get_merge_update_columns(config.get('merge_update_columns'), config.get('merge_exclude_columns'), dest_columns) -%}
  {% for column in columns %}{{ column }} = DBT_INTERNAL_SOURCE.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{% macro get_source_columns(dest_columns) -%}
  {% for column in dest_columns %}DBT_INTERNAL_SOURCE.{{ column.quoted }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}


{# The new rows take the place of the old ones that `predicates` choose: of all, without any. #}
{% macro get_insert_overwrite_merge_sql(target, source, dest_columns, predicates, include_sql_header=false) %}
  {% do return(adapter.dispatch('get_insert_overwrite_merge_sql', 'dbt')(target, source, dest_columns, predicates, include_sql_header)) %}
{% endmacro %}

{% macro default__get_insert_overwrite_merge_sql(target, source, dest_columns, predicates, include_sql_header) -%}
  {% set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
  {{ (config.get('sql_header') or '') if include_sql_header }}
  merge into {{ target }} as DBT_INTERNAL_DEST
  using {{ source }} as DBT_INTERNAL_SOURCE
  on false
  when not matched by source
    {%- for predicate in predicates or [] %}
    and {{ predicate }}
    {%- endfor %}
    then delete
  when not matched then insert ({{ columns }})
  values ({{ columns }})
{%- endmacro %}
