{# The built-in incremental strategies by name. Each takes a mapping of `target_relation`, `temp_relation`, `unique_key`,
   `dest_columns` and `incremental_predicates`; a project adds a strategy with a macro `get_incremental_<name>_sql`. #}

{% macro get_incremental_append_sql(arg_dict) %}
  {% do return(adapter.dispatch('get_incremental_append_sql', 'dbt')(arg_dict)) %}
{% endmacro %}

{% macro default__get_incremental_append_sql(arg_dict) %}
  {% do return(get_insert_into_sql(arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns'])) %}
{% endmacro %}

{% macro get_incremental_delete_insert_sql(arg_dict) %}
  {% do return(adapter.dispatch('get_incremental_delete_insert_sql', 'dbt')(arg_dict)) %}
{% endmacro %}

{% macro default__get_incremental_delete_insert_sql(arg_dict) %}
  {% do return(get_delete_insert_merge_sql(
    arg_dict['target_relation'],
    arg_dict['temp_relation'],
    arg_dict['unique_key'],
    arg_dict['dest_columns'],
    arg_dict['incremental_predicates']
  )) %}
{% endmacro %}

{% macro get_incremental_merge_sql(arg_dict) %}
  {% do return(adapter.dispatch('get_incremental_merge_sql', 'dbt')(arg_dict)) %}
{% endmacro %}

{% macro default__get_incremental_merge_sql(arg_dict) %}
  {% do return(get_merge_sql(
    arg_dict['target_relation'],
    arg_dict['temp_relation'],
    arg_dict['unique_key'],
    arg_dict['dest_columns'],
    arg_dict['incremental_predicates']
  )) %}
{% endmacro %}

{% macro get_incremental_insert_overwrite_sql(arg_dict) %}
  {% do return(adapter.dispatch('get_incremental_insert_overwrite_sql', 'dbt')(arg_dict)) %}
{% endmacro %}

{% macro default__get_incremental_insert_overwrite_sql(arg_dict) %}
  {% do return(get_insert_overwrite_merge_sql(
    arg_dict['target_relation'],
    arg_dict['temp_relation'],
    arg_dict['dest_columns'],
    arg_dict['incremental_predicates']
  )) %}
{% endmacro %}

{% macro get_incremental_microbatch_sql(arg_dict) %}
  {% do return(adapter.dispatch('get_incremental_microbatch_sql', 'dbt')(arg_dict)) %}
{% endmacro %}

{# A batch takes the place of the rows of its slice of time. #}
{% macro default__get_incremental_microbatch_sql(arg_dict) -%}
  delete from {{ arg_dict['target_relation'] }} as DBT_INTERNAL_DEST
  where {{ get_batch_condition() }}
  {%- for predicate in arg_dict['incremental_predicates'] or [] %}
    and {{ predicate }}
  {%- endfor %};

  {{ get_insert_into_sql(arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns']) }}
{%- endmacro %}

{# The slice of time of the current batch, over `event_time`. Its ends are UTC, written as texts that take the type of
   the column they are compared with. #}
{% macro get_batch_condition() -%}
  {% set event_time = config.require('event_time') -%}
  {{ event_time }} >= '{{ model.batch.event_time_start }}'
    and {{ event_time }} < '{{ model.batch.event_time_end }}'
{%- endmacro %}

{# For models that name no strategy. #}
{% macro get_incremental_default_sql(arg_dict) %}
  {% do return(adapter.dispatch('get_incremental_default_sql', 'dbt')(arg_dict)) %}
{% endmacro %}

{# Rows with a key that is known replace the old ones; without a key all are new. #}
{% macro default__get_incremental_default_sql(arg_dict) %}
  {% if arg_dict['unique_key'] %}
    {% do return(get_incremental_delete_insert_sql(arg_dict)) %}
  {% endif %}
  {% do return(get_incremental_append_sql(arg_dict)) %}
{% endmacro %}

{% macro get_insert_into_sql(target_relation, temp_relation, dest_columns) -%}
  {% set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
  insert into {{ target_relation }} ({{ columns }})
  (
    select {{ columns }}
    from {{ temp_relation }}
  )
{%- endmacro %}
