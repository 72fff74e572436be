{# Functions of the database that a project defines. `model` is the function: its arguments and what it returns. #}

{% macro scalar_function_sql(target_relation) %}
  {% do return(adapter.dispatch('scalar_function_sql', 'dbt')(target_relation)) %}
{% endmacro %}

{% macro default__scalar_function_sql(target_relation) -%}
  {{ scalar_function_create_replace_signature_sql(target_relation) }}
  {{ scalar_function_body_sql() }}
{%- endmacro %}

{% macro scalar_function_create_replace_signature_sql(target_relation) %}
  {% do return(adapter.dispatch('scalar_function_create_replace_signature_sql', 'dbt')(target_relation)) %}
{% endmacro %}

{% macro default__scalar_function_create_replace_signature_sql(target_relation) -%}
  CREATE OR REPLACE FUNCTION {{ target_relation.render() }} ({{ formatted_scalar_function_args_sql() }})
  RETURNS {{ model.returns.data_type }}
  {{ scalar_function_volatility_sql() }}
{%- endmacro %}

{% macro formatted_scalar_function_args_sql() %}
  {% do return(adapter.dispatch('formatted_scalar_function_args_sql', 'dbt')()) %}
{% endmacro %}

{% macro default__formatted_scalar_function_args_sql() -%}
  {% for argument in model.arguments %}{{ argument.name }} {{ argument.data_type }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{% macro scalar_function_body_sql() %}
  {% do return(adapter.dispatch('scalar_function_body_sql', 'dbt')()) %}
{% endmacro %}

{% macro default__scalar_function_body_sql() -%}
  AS $function$
  {{ model.compiled_code }}
  $function$ LANGUAGE SQL
{%- endmacro %}

{# The config `volatility` in the engine's words; nothing when it is not set. #}
{% macro scalar_function_volatility_sql() %}
  {% do return(adapter.dispatch('scalar_function_volatility_sql', 'dbt')()) %}
{% endmacro %}

{% macro default__scalar_function_volatility_sql() %}
  {% set words = {'deterministic': 'IMMUTABLE', 'stable': 'STABLE', 'non-deterministic': 'VOLATILE'} %}
  {% set volatility = config.get('volatility') %}
  {% if volatility and volatility not in words %}
    {% do unsupported_volatility_warning(volatility) %}
  {% endif %}
  {% do return(words.get(volatility, '')) %}
{% endmacro %}

{% macro unsupported_volatility_warning(volatility) %}
  {% do return(adapter.dispatch('unsupported_volatility_warning', 'dbt')(volatility)) %}
{% endmacro %}

{% macro default__unsupported_volatility_warning(volatility) %}
  {% do exceptions.warn("the volatility '" ~ volatility ~ "' of the function " ~ model.name ~ ' means nothing to ' ~ adapter.type()) %}
{% endmacro %}
