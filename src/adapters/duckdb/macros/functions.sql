{# A function is a macro of DuckDB: its arguments have no types, its result gets one. Volatility means nothing. #}
{% macro duckdb__scalar_function_sql(target_relation) -%}
  CREATE OR REPLACE FUNCTION {{ target_relation.render() }} ({{ formatted_scalar_function_args_sql() }}) AS (
    cast((
      {{ model.compiled_code }}
    ) as {{ model.returns.data_type }})
  )
{%- endmacro %}

{% macro duckdb__formatted_scalar_function_args_sql() -%}
  {% for argument in model.arguments -%}
    {{ argument.name }}
    {%- if argument.default_value is defined and argument.default_value is not none %} := {{ argument.default_value }}{% endif -%}
    {{ ', ' if not loop.last }}
  {%- endfor %}
{%- endmacro %}
