{# PostgreSQL has `any_value` from version 16 on. #}
{% macro postgres__any_value(expression) -%}
  min({{ expression }})
{%- endmacro %}

{# An interval has no quarters. #}
{% macro postgres__dateadd(datepart, interval, from_date_or_timestamp) -%}
  {% set unit = '3 month' if datepart | lower == 'quarter' else '1 ' ~ datepart -%}
  {{ from_date_or_timestamp }} + ((interval '{{ unit }}') * ({{ interval }}))
{%- endmacro %}

{# Weeks begin on Sunday here. Days and weeks are whole numbers, the others as `date_part` gives them. #}
{% macro postgres__datediff(first_date, second_date, datepart) -%}
  {% set part = datepart | lower | trim %}
  {%- set first = '(' ~ first_date ~ ')::timestamp' %}
  {%- set second = '(' ~ second_date ~ ')::timestamp' %}
  {%- set months = {'month': 1, 'quarter': 3, 'year': 12} %}
  {%- set seconds = {'hour': '3600', 'minute': '60', 'second': '1', 'millisecond': '0.001', 'microsecond': '0.000001'} -%}
  {% if part == 'day' -%}
    (({{ second_date }})::date - ({{ first_date }})::date)
  {%- elif part == 'week' -%}
    ((date_trunc('week', {{ second }} + interval '1 day')::date - date_trunc('week', {{ first }} + interval '1 day')::date) / 7)
  {%- elif part in months -%}
    ((
      (date_part('year', date_trunc('{{ part }}', {{ second }})) - date_part('year', date_trunc('{{ part }}', {{ first }}))) * 12
      + date_part('month', date_trunc('{{ part }}', {{ second }})) - date_part('month', date_trunc('{{ part }}', {{ first }}))
    ) / {{ months[part] }})
  {%- elif part in seconds -%}
    round((date_part('epoch', date_trunc('{{ part }}', {{ second }}) - date_trunc('{{ part }}', {{ first }})) / {{ seconds[part] }})::numeric)::double precision
  {%- else -%}
    {% do exceptions.raise_compiler_error("Unsupported datepart for macro datediff in postgres: '" ~ datepart ~ "'") %}
  {%- endif %}
{%- endmacro %}
