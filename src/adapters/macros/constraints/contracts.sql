{# Contracts: columns and constraints that a model declares. #}

{# The parenthesised columns and constraints of `create table`. #}
{% macro get_table_columns_and_constraints() %}
  {% do return(adapter.dispatch('get_table_columns_and_constraints', 'dbt')()) %}
{% endmacro %}

{% macro default__get_table_columns_and_constraints() %}
  {% do return(table_columns_and_constraints()) %}
{% endmacro %}

{% macro table_columns_and_constraints() -%}
  {% set columns = adapter.render_raw_columns_constraints(raw_columns=model['columns']) %}
  {%- set constraints = adapter.render_raw_model_constraints(raw_constraints=model['constraints']) -%}
  (
    {{ (columns + constraints) | join(',\n    ') }}
  )
{%- endmacro %}

{# The same for a table that is made under another name for the moment: its foreign keys to itself are to that. #}
{% macro contract_of(relation) -%}
  {%- set itself, now = this.include(database=false), relation.include(database=false) -%}
  {{ get_table_columns_and_constraints() | replace('references ' ~ itself ~ ' (', 'references ' ~ now ~ ' (') }}
{%- endmacro %}

{# The contract's columns, separated by commas. #}
{% macro get_column_names() %}
  {% do return(adapter.dispatch('get_column_names', 'dbt')()) %}
{% endmacro %}

{% macro default__get_column_names() -%}
  {% for column in model['columns'].values() %}{{ written_column_name(column) }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# Stops with a table of differences when the query's columns are not the contract's; writes nothing. #}
{% macro get_assert_columns_equivalent(sql) %}
  {% do return(adapter.dispatch('get_assert_columns_equivalent', 'dbt')(sql)) %}
{% endmacro %}

{% macro default__get_assert_columns_equivalent(sql) %}
  {% do return(assert_columns_equivalent(sql)) %}
{% endmacro %}

{# Names are compared without regard to case, order does not matter. #}
{% macro assert_columns_equivalent(sql) %}
  {% if not model['columns'] %}
    {% do exceptions.raise_compiler_error("This model has an enforced contract, and its 'columns' specification is missing") %}
  {% endif %}
  {% set declared = get_column_schema_from_query(get_empty_schema_sql(model['columns'])) %}
  {% set defined = get_column_schema_from_query(sql, config.get('sql_header')) %}
  {% if column_types_by_name(declared) != column_types_by_name(defined) or declared | length != defined | length %}
    {% do exceptions.raise_contract_error(format_columns(declared), format_columns(defined)) %}
  {% endif %}
{% endmacro %}

{% macro column_types_by_name(columns) %}
  {% set types = {} %}
  {% for column in format_columns(columns) %}
    {% do types.update({column.name | lower: column.data_type}) %}
  {% endfor %}
  {% do return(types) %}
{% endmacro %}

{# Columns as mappings of `name`, `data_type` and `formatted`, as the error's table shows them. #}
{% macro format_columns(columns) %}
  {% set formatted = [] %}
  {% for column in columns %}
    {% do formatted.append(adapter.dispatch('format_column', 'dbt')(column)) %}
  {% endfor %}
  {% do return(formatted) %}
{% endmacro %}

{# Sizes are not compared: `varchar(10)` is a `varchar`. #}
{% macro default__format_column(column) %}
  {% set data_type = modules.re.sub('\\(\\d[\\d, ]*\\)', '', column.dtype) %}
  {% do return({
    'name': column.column,
    'data_type': data_type,
    'formatted': (column.column | lower) ~ ' ' ~ data_type,
  }) %}
{% endmacro %}
