{# `on_schema_change`: what becomes of an incremental table whose query has other columns by now. #}

{# The setting, if it is one; else `default`, with a warning. #}
{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') %}
  {% if on_schema_change in ['ignore', 'append_new_columns', 'sync_all_columns', 'fail'] %}
    {% do return(on_schema_change) %}
  {% endif %}
  {% do exceptions.warn("Invalid value for on_schema_change: '" ~ on_schema_change ~ "'. '" ~ default ~ "' is used instead.") %}
  {% do return(default) %}
{% endmacro %}

{# How the columns of a relation of new rows differ from those of the table. #}
{% macro check_for_schema_changes(source_relation, target_relation) %}
  {% do return(adapter.dispatch('check_for_schema_changes', 'dbt')(source_relation, target_relation)) %}
{% endmacro %}

{% macro default__check_for_schema_changes(source_relation, target_relation) %}
  {% set source = adapter.get_columns_in_relation(source_relation) %}
  {% set target = adapter.get_columns_in_relation(target_relation) %}
  {% set added = diff_columns(source, target) %}
  {% set removed = diff_columns(target, source) %}
  {% set retyped = diff_column_data_types(source, target) %}
  {% do return({
    'schema_changed': (added or removed or retyped) | length > 0,
    'source_not_in_target': added,
    'target_not_in_source': removed,
    'source_columns': source,
    'target_columns': target,
    'new_target_types': retyped,
  }) %}
{% endmacro %}

{# Changes the table by what `check_for_schema_changes` found. #}
{% macro sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
  {% do return(adapter.dispatch('sync_column_schemas', 'dbt')(on_schema_change, target_relation, schema_changes_dict)) %}
{% endmacro %}

{% macro default__sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
  {% set sync_all = on_schema_change == 'sync_all_columns' %}
  {% set added = schema_changes_dict['source_not_in_target'] %}
  {% set removed = schema_changes_dict['target_not_in_source'] if sync_all else [] %}
  {% set retyped = schema_changes_dict['new_target_types'] if sync_all else [] %}
  {% if added or removed %}
    {% do alter_relation_add_remove_columns(target_relation, added or none, removed or none) %}
  {% endif %}
  {% for change in retyped %}
    {% do alter_column_type(target_relation, change['column_name'], change['new_type']) %}
  {% endfor %}
{% endmacro %}

{# The columns to write: the query's, once the table has been changed; an empty mapping when changes are ignored. #}
{% macro process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {% do return(adapter.dispatch('process_schema_changes', 'dbt')(on_schema_change, source_relation, target_relation)) %}
{% endmacro %}

{% macro default__process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {% if on_schema_change == 'ignore' %}
    {% do return({}) %}
  {% endif %}
  {% set changes = check_for_schema_changes(source_relation, target_relation) %}
  {% if changes['schema_changed'] %}
    {% if on_schema_change == 'fail' %}
      {% do raise_schema_changed(target_relation, changes) %}
    {% endif %}
    {% do sync_column_schemas(on_schema_change, target_relation, changes) %}
  {% endif %}
  {% do return(changes['source_columns']) %}
{% endmacro %}

{% macro raise_schema_changed(relation, changes) %}
  {% set differences = [] %}
  {% for column in changes['source_not_in_target'] %}
    {% do differences.append('new in the query: ' ~ column.name ~ ' (' ~ column.data_type ~ ')') %}
  {% endfor %}
  {% for column in changes['target_not_in_source'] %}
    {% do differences.append('missing in the query: ' ~ column.name ~ ' (' ~ column.data_type ~ ')') %}
  {% endfor %}
  {% for change in changes['new_target_types'] %}
    {% do differences.append('another type in the query: ' ~ change['column_name'] ~ ' (' ~ change['new_type'] ~ ')') %}
  {% endfor %}
  {% do exceptions.raise_compiler_error(
    'The columns of the query and of ' ~ relation ~ ' are out of sync, and on_schema_change is fail:\n  ' ~ differences | join('\n  ')
    ~ '\nRebuild the model with --full-refresh, or set on_schema_change to append_new_columns, sync_all_columns or ignore.'
  ) %}
{% endmacro %}

{# The columns to write, by the macros above, for projects that have their own version of one of them. `widen`: whether
   texts that are too long widen the table's columns. #}
{% macro columns_to_write(on_schema_change, source_relation, target_relation, widen) %}
  {% if widen %}
    {% do adapter.expand_target_column_types(from_relation=source_relation, to_relation=target_relation) %}
  {% endif %}
  {% set policy = incremental_validate_on_schema_change(on_schema_change, default='ignore') %}
  {% set columns = process_schema_changes(policy, source_relation, target_relation) %}
  {% do return(columns or adapter.get_columns_in_relation(target_relation)) %}
{% endmacro %}
