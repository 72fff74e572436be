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
  {% do return(function_volatility({'deterministic': 'IMMUTABLE', 'stable': 'STABLE', 'non-deterministic': 'VOLATILE'})) %}
{% endmacro %}

{# By the words that the engine has; others are warned about. #}
{% macro function_volatility(words) %}
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

{# For engines whose functions may be written in JavaScript. #}
{% macro formatted_scalar_function_args_javascript() %}
  {% do return(adapter.dispatch('formatted_scalar_function_args_javascript', 'dbt')()) %}
{% endmacro %}

{% macro default__formatted_scalar_function_args_javascript() %}
  {% do exceptions.raise_compiler_error('formatted_scalar_function_args_javascript is not implemented for ' ~ adapter.type()) %}
{% endmacro %}

{% macro scalar_function_volatility_javascript() %}
  {% do return(adapter.dispatch('scalar_function_volatility_javascript', 'dbt')()) %}
{% endmacro %}

{% macro default__scalar_function_volatility_javascript() %}
  {% if config.get('volatility') %}
    {% do unsupported_volatility_warning(config.get('volatility')) %}
  {% endif %}
{% endmacro %}

{# The parts of a statement that creates an aggregate function, for engines that have such a statement. #}
{% macro get_aggregate_function_create_replace_signature(target_relation) %}
  {% do return(adapter.dispatch('get_aggregate_function_create_replace_signature', 'dbt')(target_relation)) %}
{% endmacro %}

{% macro default__get_aggregate_function_create_replace_signature(target_relation) -%}
  CREATE OR REPLACE AGGREGATE FUNCTION {{ target_relation.render() }} ({{ get_formatted_aggregate_function_args() }})
  RETURNS {{ model.returns.data_type }}
  {{ get_function_language_specifier() }}
  {{ get_aggregate_function_volatility_specifier() }}
  {{ get_function_python_options() if model.language == 'python' }}
  AS
{%- endmacro %}

{% macro get_formatted_aggregate_function_args() %}
  {% do return(adapter.dispatch('get_formatted_aggregate_function_args', 'dbt')()) %}
{% endmacro %}

{% macro default__get_formatted_aggregate_function_args() %}
  {% do return(formatted_scalar_function_args_sql()) %}
{% endmacro %}

{# Nothing for SQL. #}
{% macro get_function_language_specifier() %}
  {% do return(adapter.dispatch('get_function_language_specifier', 'dbt')()) %}
{% endmacro %}

{% macro default__get_function_language_specifier() %}
  {% do return('' if model.language == 'sql' else 'LANGUAGE ' ~ ('js' if model.language == 'javascript' else model.language | upper)) %}
{% endmacro %}

{% macro get_aggregate_function_volatility_specifier() %}
  {% do return(adapter.dispatch('get_aggregate_function_volatility_specifier', 'dbt')()) %}
{% endmacro %}

{% macro default__get_aggregate_function_volatility_specifier() %}
  {% do return(scalar_function_volatility_sql()) %}
{% endmacro %}

{% macro get_function_python_options() %}
  {% do return(adapter.dispatch('get_function_python_options', 'dbt')()) %}
{% endmacro %}

{% macro default__get_function_python_options() -%}
  RUNTIME_VERSION = '{{ config.get('runtime_version') }}'
  HANDLER = '{{ config.get('entry_point') }}'
  {%- if config.get('packages') %}
  PACKAGES = ('{{ config.get('packages') | join("','") }}')
  {%- endif %}
{%- endmacro %}

{# Creates a function, with its grants and description. #}
{% macro function_execute_build_sql(build_sql, existing_relation, target_relation) %}
  {% do return(adapter.dispatch('function_execute_build_sql', 'dbt')(build_sql, existing_relation, target_relation)) %}
{% endmacro %}

{% macro default__function_execute_build_sql(build_sql, existing_relation, target_relation) %}
  {% call statement('main') %}{{ build_sql }}{% endcall %}
  {% do apply_grants(target_relation, config.get('grants'), should_revoke(existing_relation, full_refresh_mode=true)) %}
  {% do persist_docs(target_relation, model) %}
  {% do adapter.commit() %}
{% endmacro %}
