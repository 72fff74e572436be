{% macro duckdb__current_timestamp() -%}
  now()
{%- endmacro %}

{# As text in a query: the type that `snapshot_get_time` has. #}
{% macro duckdb__snapshot_string_as_time(timestamp) %}
  {% do return("'" ~ timestamp ~ "'::timestamp") %}
{% endmacro %}

{% macro duckdb__snapshot_get_time() -%}
  {{ snapshot_run_time() }}::timestamp
{%- endmacro %}
