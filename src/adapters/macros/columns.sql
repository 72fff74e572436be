{# Columns of relations and queries. #}

{# A list of columns, each as `api.Column` makes them. #}
{% macro get_columns_in_relation(relation) %}
  {% do return(adapter.dispatch('get_columns_in_relation', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__get_columns_in_relation(relation) %}
  {% do return(adapter.get_columns_in_catalog(relation)) %}
{% endmacro %}

{# Columns from rows of (name, type, length, precision, scale). #}
{% macro sql_convert_columns_in_relation(table) %}
  {% set columns = [] %}
  {% for row in table %}
    {% do columns.append(api.Column(*row)) %}
  {% endfor %}
  {% do return(columns) %}
{% endmacro %}

{% macro get_list_of_column_names(columns) %}
  {% do return(columns | map(attribute='name') | list) %}
{% endmacro %}

{# The query with no rows. #}
{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) %}
  {% do return(adapter.dispatch('get_empty_subquery_sql', 'dbt')(select_sql, select_sql_header)) %}
{% endmacro %}

{% macro default__get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
  {{ select_sql_header or '' }}
  select * from (
    {{ select_sql }}
  ) as __dbt_sbq
  where false
  limit 0
{%- endmacro %}

{# A query with no rows that has a contract's columns. #}
{% macro get_empty_schema_sql(columns) %}
  {% do return(adapter.dispatch('get_empty_schema_sql', 'dbt')(columns)) %}
{% endmacro %}

{% macro default__get_empty_schema_sql(columns) -%}
  {% set untyped = columns.values() | rejectattr('data_type') | map(attribute='name') | list %}
  {%- if untyped %}
    {% do exceptions.raise_compiler_error(
      'Contracted models require data_type to be defined for each column. It is missing for: ' ~ untyped | join(', ')
    ) %}
  {% endif -%}
  {% set unsized = [] %}
  {% for column in columns.values() if column.data_type | trim | lower in ('numeric', 'decimal', 'number') %}
    {% do unsized.append(column.name) %}
  {% endfor %}
  {% if unsized %}
    {% do exceptions.warn(
      'The contract has numeric columns without precision and scale, whose values may be rounded: ' ~ unsized | join(', ')
    ) %}
  {% endif -%}
  select
  {%- for column in columns.values() %}
    {{ cast('null', column.data_type) }} as {{ written_column_name(column) }}{{ ',' if not loop.last }}
  {%- endfor %}
  where false
{%- endmacro %}

{# A column's name as SQL has it, for a column of a node's properties. #}
{% macro written_column_name(column) -%}
  {{ adapter.quote(column.name) if column.get('quote') else column.name }}
{%- endmacro %}

{% macro get_column_schema_from_query(select_sql, select_sql_header=none) %}
  {% do return(adapter.get_column_schema_from_query(get_empty_subquery_sql(select_sql, select_sql_header))) %}
{% endmacro %}

{# The names of a query's columns. #}
{% macro get_columns_in_query(select_sql) %}
  {% do return(adapter.dispatch('get_columns_in_query', 'dbt')(select_sql)) %}
{% endmacro %}

{% macro default__get_columns_in_query(select_sql) %}
  {% do return(run_query(get_empty_subquery_sql(select_sql)).columns | map(attribute='name') | list) %}
{% endmacro %}

{% macro alter_column_type(relation, column_name, new_column_type) %}
  {% do return(adapter.dispatch('alter_column_type', 'dbt')(relation, column_name, new_column_type)) %}
{% endmacro %}

{% macro default__alter_column_type(relation, column_name, new_column_type) %}
  {% set column = adapter.quote(column_name) %}
  {% call statement('alter_column_type') %}
    alter table {{ relation.render() }} alter column {{ column }} type {{ new_column_type }} using {{ cast(column, new_column_type) }}
  {% endcall %}
{% endmacro %}

{% macro alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) %}
  {% do return(adapter.dispatch('alter_relation_add_remove_columns', 'dbt')(relation, add_columns, remove_columns)) %}
{% endmacro %}

{% macro default__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
  {% set changes = [] %}
  {% for column in add_columns or [] %}
    {% do changes.append('add column ' ~ column.quoted ~ ' ' ~ column.expanded_data_type) %}
  {% endfor %}
  {% for column in remove_columns or [] %}
    {% do changes.append('drop column ' ~ column.quoted) %}
  {% endfor %}
  {% if changes %}
    {% do run_query('alter table ' ~ relation.render() ~ '\n  ' ~ changes | join(',\n  ')) %}
  {% endif %}
{% endmacro %}
