{% macro duckdb__dateadd(datepart, interval, from_date_or_timestamp) -%}
  date_add({{ from_date_or_timestamp }}, interval ({{ interval }}) {{ datepart }})
{%- endmacro %}

{# DuckDB counts whole spans of seven days; here weeks begin on Sunday. #}
{% macro duckdb__datediff(first_date, second_date, datepart) -%}
  {% set first = first_date ~ '::timestamp' %}
  {%- set second = second_date ~ '::timestamp' -%}
  {% if datepart | lower == 'week' -%}
    date_diff('week', date_trunc('week', {{ first }} + interval 1 day), date_trunc('week', {{ second }} + interval 1 day))
  {%- else -%}
    date_diff('{{ datepart }}', {{ first }}, {{ second }})
  {%- endif %}
{%- endmacro %}

{% macro duckdb__safe_cast(field, type) -%}
  try_cast({{ field }} as {{ type }})
{%- endmacro %}
