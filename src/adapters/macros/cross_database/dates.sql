{# Dates and times in SQL. `datepart` is a word such as `day`. #}

{% macro date(year, month, day) %}
  {% do return(adapter.dispatch('date', 'dbt')(year, month, day)) %}
{% endmacro %}

{% macro default__date(year, month, day) -%}
  cast('{{ modules.datetime.date(year, month, day).isoformat() }}' as date)
{%- endmacro %}

{% macro dateadd(datepart, interval, from_date_or_timestamp) %}
  {% do return(adapter.dispatch('dateadd', 'dbt')(datepart, interval, from_date_or_timestamp)) %}
{% endmacro %}

{% macro default__dateadd(datepart, interval, from_date_or_timestamp) -%}
  dateadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
{%- endmacro %}

{# How many borders between such parts lie between two times, not how much time: from 23:59 to 00:01 is a day. #}
{% macro datediff(first_date, second_date, datepart) %}
  {% do return(adapter.dispatch('datediff', 'dbt')(first_date, second_date, datepart)) %}
{% endmacro %}

{% macro default__datediff(first_date, second_date, datepart) -%}
  datediff({{ datepart }}, {{ first_date }}, {{ second_date }})
{%- endmacro %}

{% macro date_trunc(datepart, date) %}
  {% do return(adapter.dispatch('date_trunc', 'dbt')(datepart, date)) %}
{% endmacro %}

{% macro default__date_trunc(datepart, date) -%}
  date_trunc('{{ datepart }}', {{ date }})
{%- endmacro %}

{# The last day of the month, quarter or year that a date is in. #}
{% macro last_day(date, datepart) %}
  {% do return(adapter.dispatch('last_day', 'dbt')(date, datepart)) %}
{% endmacro %}

{% macro default__last_day(date, datepart) %}
  {% do return(default_last_day(date, datepart)) %}
{% endmacro %}

{% macro default_last_day(date, datepart) -%}
  cast({{ dateadd('day', '-1', dateadd(datepart, '1', date_trunc(datepart, date))) }} as date)
{%- endmacro %}
