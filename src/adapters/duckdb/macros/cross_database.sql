{% macro duckdb__dateadd(datepart, interval, from_date_or_timestamp) -%}
  {% set unit = '3 month' if datepart | lower == 'quarter' else '1 ' ~ datepart | lower -%}
  ({{ from_date_or_timestamp }} + cast({{ interval }} as bigint) * interval {{ unit }})
{%- endmacro %}

{# DuckDB counts whole spans of seven days; here weeks begin on Sunday. #}
{% macro duckdb__datediff(first_date, second_date, datepart) -%}
  {% set first = first_date ~ '::timestamp' %}
  {%- set second = second_date ~ '::timestamp' -%}
  {% if datepart | lower == 'week' -%}
    date_diff('week', date_trunc('week', {{ first }} + interval 1 day), date_trunc('week', {{ second }} + interval 1 day))
  {%- else -%}
    (date_diff('{{ datepart }}', {{ first }}, {{ second }}))
  {%- endif %}
{%- endmacro %}

{% macro duckdb__safe_cast(field, type) -%}
  try_cast({{ field }} as {{ type }})
{%- endmacro %}

{# A part that is not there is null. #}
{% macro duckdb__split_part(string_text, delimiter_text, part_number) -%}
  string_split({{ string_text }}, {{ delimiter_text }})[{{ part_number }}]
{%- endmacro %}
