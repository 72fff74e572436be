{% macro duckdb__get_binding_char() %}
  {% do return('?') %}
{% endmacro %}
