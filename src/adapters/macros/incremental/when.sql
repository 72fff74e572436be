{# When a model is built incrementally. #}

{# Whether new rows will be added to a table that stands. False while parsing. #}
{% macro is_incremental() %}
  {% if not execute or model.config.materialized != 'incremental' or should_full_refresh() %}
    {% do return(false) %}
  {% endif %}
  {% set existing = load_relation(this) %}
  {% do return(existing is not none and existing.type == 'table') %}
{% endmacro %}

{# The model's own `full_refresh` decides where it is set, else the flag. #}
{% macro should_full_refresh() %}
  {% set configured = config.get('full_refresh') %}
  {% do return(flags.FULL_REFRESH if configured is none else configured) %}
{% endmacro %}
