{% macro forget() %}
  {% do run_query('drop schema if exists ' ~ schema ~ ' cascade') %}
  {% do adapter.commit() %}
{% endmacro %}
