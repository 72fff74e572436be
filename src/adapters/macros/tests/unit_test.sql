{# Unit tests: given rows as queries, and the comparison with expected ones. #}

{# The rows that the query gave and those that were expected, told apart by `actual_or_expected`. #}
{% macro get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) %}
  {% do return(adapter.dispatch('get_unit_test_sql', 'dbt')(main_sql, expected_fixture_sql, expected_column_names)) %}
{% endmacro %}

{% macro default__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
  {% set columns = expected_column_names | join(', ') %}
  {%- set side = adapter.quote('actual_or_expected') -%}
  with dbt_internal_unit_test_actual as (
    select {{ columns }}, {{ string_literal('actual') }} as {{ side }}
    from (
      {{ main_sql }}
    ) as _dbt_internal_unit_test_actual
  ),
  dbt_internal_unit_test_expected as (
    select {{ columns }}, {{ string_literal('expected') }} as {{ side }}
    from (
      {{ expected_fixture_sql }}
    ) as _dbt_internal_unit_test_expected
  )
  select * from dbt_internal_unit_test_actual
  union all
  select * from dbt_internal_unit_test_expected
{%- endmacro %}

{# Given rows as a query with all columns of the input, whose types are those of the relation in the database where
   `column_name_to_data_types` does not say them. #}
{% macro get_fixture_sql(rows, column_name_to_data_types) -%}
  {% set types = column_name_to_data_types or fixture_types_in_database() %}
  {%- set nulls = {} %}
  {%- for name, type in types.items() %}
    {% do nulls.update({name: cast('null', type)}) %}
  {%- endfor %}
  {%- do validate_fixture_rows(rows, none) %}
  {%- for row in rows %}
    {%- set cells = {} %}
    {%- do cells.update(nulls) %}
    {%- do cells.update(format_row(row, types)) %}
    select {% for name, value in cells.items() %}{{ value }} as {{ name }}{{ ', ' if not loop.last }}{% endfor %}
    {{ 'union all' if not loop.last }}
  {%- else %}
    select {% for name, value in nulls.items() %}{{ value }} as {{ name }}{{ ', ' if not loop.last }}{% endfor %}
    limit 0
  {%- endfor %}
{%- endmacro %}

{# Texts are not cut to the length that a column happens to have. #}
{% macro fixture_types_in_database() %}
  {% set relation = load_relation(this) or (load_relation(defer_relation) if defer_relation else none) %}
  {% set columns = adapter.get_columns_in_relation(relation) if relation else [] %}
  {% if not columns %}
    {% do exceptions.raise_compiler_error(
      'Not able to get columns for unit test ' ~ model.name ~ ' from relation ' ~ this ~ ' because the relation doesn\'t exist'
    ) %}
  {% endif %}
  {% set types = {} %}
  {% for column in columns %}
    {% do types.update({adapter.quote(column.name): api.Column.translate_type('string') if column.is_string() else column.data_type}) %}
  {% endfor %}
  {% do return(types) %}
{% endmacro %}

{# Expected rows as a query. `column_name_to_quoted`: how each column is written. #}
{% macro get_expected_sql(rows, column_name_to_data_types, column_name_to_quoted) -%}
  {% for row in rows %}
    {%- set cells = fixture_row(row, column_name_to_data_types, 'expected output') -%}
    select {% for name, value in cells.items() %}{{ value }} as {{ column_name_to_quoted[name] }}{{ ', ' if not loop.last }}{% endfor %}
    {{ 'union all' if not loop.last }}
  {% else %}
    select * from dbt_internal_unit_test_actual
    limit 0
  {%- endfor %}
{%- endmacro %}

{# A row's values as SQL of the columns' types, by the columns' names as `column_name_to_data_types` has them. #}
{% macro format_row(row, column_name_to_data_types) %}
  {% set fixture = 'expected output' if model.resource_type == 'unit_test' else "'" ~ model.name ~ "'" %}
  {% do return(fixture_row(row, column_name_to_data_types, fixture)) %}
{% endmacro %}

{# The same; `fixture` says in an error whose row it is. #}
{% macro fixture_row(row, column_name_to_data_types, fixture) %}
  {% set names = {} %}
  {% for name in column_name_to_data_types %}
    {% do names.update({(name | lower | replace('"', '')): name}) %}
  {% endfor %}
  {% set cells = {} %}
  {% for column, value in row.items() %}
    {% set name = names.get(column | lower) %}
    {% if not name %}
      {% do exceptions.raise_compiler_error(
        "Invalid column name: '" ~ column ~ "' in unit test fixture for " ~ fixture ~ '.\nAccepted columns are: ' ~ names.keys() | join(', ')
      ) %}
    {% endif %}
    {% do cells.update({name: adapter.dispatch('fixture_value', 'dbt')(value, column_name_to_data_types[name])}) %}
  {% endfor %}
  {% do return(cells) %}
{% endmacro %}

{# A value of a fixture as SQL of a type. Not by `safe_cast`: a value that is not of the type is an error in the test. #}
{% macro default__fixture_value(value, type) %}
  {% if value is none %}
    {% do return(cast('null', type)) %}
  {% elif value is string %}
    {% do return(cast(string_literal(escape_single_quotes(value)), type)) %}
  {% endif %}
  {% do return(cast(value | string, type)) %}
{% endmacro %}

{# For engines that cannot take every row. #}
{% macro validate_fixture_rows(rows, row_number) %}
  {% do return(adapter.dispatch('validate_fixture_rows', 'dbt')(rows, row_number)) %}
{% endmacro %}

{% macro default__validate_fixture_rows(rows, row_number) %}
{% endmacro %}
