{% macro forget() %}
  {% call statement('forget', auto_begin=true) %}drop schema if exists files_bench cascade{% endcall %}
  {% do adapter.commit() %}
{% endmacro %}
