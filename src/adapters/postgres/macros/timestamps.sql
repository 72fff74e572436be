{% macro postgres__current_timestamp() -%}
  now()
{%- endmacro %}

{% macro postgres__snapshot_string_as_time(timestamp) %}
  {% do return("'" ~ timestamp ~ "'::timestamp without time zone") %}
{% endmacro %}

{# Snapshots store times without a zone. #}
{% macro postgres__snapshot_get_time() -%}
  {{ snapshot_run_time() }}::timestamp without time zone
{%- endmacro %}
