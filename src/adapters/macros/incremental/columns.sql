{# Which columns an incremental model writes, and how its columns differ from its table's. #}

{# Names in quotes, separated by commas. #}
{% macro get_quoted_csv(column_names) -%}
  {% for name in column_names %}{{ adapter.quote(name) }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# The columns of the first list whose names the second lacks. #}
{% macro diff_columns(source_columns, target_columns) %}
  {% set known = target_columns | map(attribute='name') | list %}
  {% do return(source_columns | rejectattr('name', 'in', known) | list) %}
{% endmacro %}

{# [{column_name, new_type}]: target columns whose type is not the source's, and cannot hold it by being widened. #}
{% macro diff_column_data_types(source_columns, target_columns) %}
  {% do return(adapter.dispatch('diff_column_data_types', 'dbt')(source_columns, target_columns)) %}
{% endmacro %}

{% macro default__diff_column_data_types(source_columns, target_columns) %}
  {% set changes = [] %}
  {% for target in target_columns %}
    {% for source in source_columns if source.name == target.name %}
      {% if source.expanded_data_type != target.expanded_data_type and not target.can_expand_to(other_column=source) %}
        {% do changes.append({'column_name': target.name, 'new_type': source.expanded_data_type}) %}
      {% endif %}
    {% endfor %}
  {% endfor %}
  {% do return(changes) %}
{% endmacro %}

{# The columns that `merge` updates, in quotes. #}
{% macro get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
  {% do return(adapter.dispatch('get_merge_update_columns', 'dbt')(merge_update_columns, merge_exclude_columns, dest_columns)) %}
{% endmacro %}

{% macro default__get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
  {% if merge_update_columns and merge_exclude_columns %}
    {% do exceptions.raise_compiler_error('a model can set merge_update_columns or merge_exclude_columns, not both') %}
  {% endif %}
  {% if merge_update_columns %}
    {% do return(merge_update_columns) %}
  {% endif %}
  {% set excluded = merge_exclude_columns or [] | map('lower') | list %}
  {% set columns = [] %}
  {% for column in dest_columns if column.name | lower not in excluded %}
    {% do columns.append(column.quoted) %}
  {% endfor %}
  {% do return(columns) %}
{% endmacro %}

{# The condition under which a new row meets an old one; both arguments are SQL. #}
{% macro get_merge_unique_key_match(source_unique_key, target_unique_key) %}
  {% do return(adapter.dispatch('get_merge_unique_key_match', 'dbt')(source_unique_key, target_unique_key)) %}
{% endmacro %}

{% macro default__get_merge_unique_key_match(source_unique_key, target_unique_key) -%}
  {{ source_unique_key }} = {{ target_unique_key }}
{%- endmacro %}
