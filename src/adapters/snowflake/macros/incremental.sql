{# How new rows get into tables that stand. #}

{# Without a key nothing can match, and Snowflake refuses a condition that is never true. #}
{% macro snowflake__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
  {% if unique_key -%}
  {{ default__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) }}
  {%- else -%}
  {{ config.get('sql_header') or '' }}
  {{ get_insert_into_sql(target, source, dest_columns) }}
  {%- endif %}
{%- endmacro %}

{# What a try that failed left in the session makes way. #}
{% macro snowflake__get_create_session_table_sql(relation, sql) -%}
  {{ config.get('sql_header') or '' }}
  create or replace temporary table {{ relation }}
  as (
    {{ sql }}
  );
{%- endmacro %}

{% macro snowflake__get_incremental_default_sql(arg_dict) %}
  {% do return(get_incremental_merge_sql(arg_dict)) %}
{% endmacro %}

{# The new rows take the place of all; the columns that they lack (`overwrite_columns` names those they have) are null. #}
{% macro snowflake__get_incremental_insert_overwrite_sql(arg_dict) -%}
  {% set named = config.get('overwrite_columns') -%}
  {% set columns = named | join(', ') if named else get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
  insert overwrite into {{ arg_dict['target_relation'] }} ({{ columns }})
  select {{ columns }}
  from {{ arg_dict['temp_relation'] }}
{%- endmacro %}
