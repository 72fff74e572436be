{# Functions in SQL and in Python. #}

{% macro snowflake__scalar_function_sql(target_relation) -%}
  {{ scalar_function_create_replace_signature_sql(target_relation) }}
  {{ scalar_function_body_sql() }}
{%- endmacro %}

{% macro snowflake__scalar_function_create_replace_signature_sql(target_relation) -%}
  {{ snowflake_function_signature(target_relation, 'SQL') }}
{%- endmacro %}

{% macro snowflake__scalar_function_python(target_relation) -%}
  {{ snowflake__scalar_function_create_replace_signature_python(target_relation) }}
  {{ scalar_function_body_sql() }}
{%- endmacro %}

{% macro snowflake__scalar_function_create_replace_signature_python(target_relation) -%}
  {{ snowflake_function_signature(target_relation, 'PYTHON', get_function_python_options()) }}
{%- endmacro %}

{% macro snowflake__aggregate_function_python(target_relation) -%}
  {{ get_aggregate_function_create_replace_signature(target_relation) }}
  {{ scalar_function_body_sql() }}
{%- endmacro %}

{% macro snowflake_function_signature(target_relation, language, options='') -%}
  CREATE OR REPLACE FUNCTION {{ target_relation.render() }} ({{ formatted_scalar_function_args_sql() }})
  RETURNS {{ model.returns.data_type }}
  LANGUAGE {{ language }}
  {{ scalar_function_volatility_sql() }}
  {{ options }}
  AS
{%- endmacro %}

{% macro snowflake__formatted_scalar_function_args_sql() -%}
  {% for argument in model.arguments -%}
    {{ argument.name }} {{ argument.data_type }}
    {%- if argument.get('default_value') is not none %} DEFAULT {{ argument.default_value }}{% endif %}
    {{- ', ' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{% macro snowflake__scalar_function_volatility_sql() %}
  {% do return(function_volatility({'deterministic': 'IMMUTABLE', 'non-deterministic': 'VOLATILE'})) %}
{% endmacro %}

{% macro snowflake__scalar_function_body_sql() -%}
  {{ snowflake_body(model.compiled_code) }}
{%- endmacro %}

{# The body of a function or a procedure: between dollars, unless it has such dollars itself. #}
{% macro snowflake_body(code) -%}
  {% if '$$' in code -%}
  {{ string_literal(escape_single_quotes(code)) }}
  {%- else -%}
$$
{{ code }}
$$
  {%- endif %}
{%- endmacro %}
