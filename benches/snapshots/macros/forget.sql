{# The statement begins a transaction, for dbt has none open otherwise. #}
{% macro forget() %}
  {% call statement('forget') %}
    drop schema if exists {{ schema }} cascade
  {% endcall %}
  {% do adapter.commit() %}
{% endmacro %}
