{# A day from ISO text, with or without a time of day; null when it is written in another way, or does not exist. #}
{% macro date_from_iso(text) -%}
  cast({{ timestamp_from_iso('left(' ~ text ~ ", 10) || ' 00:00:00'") }} as date)
{%- endmacro %}


{# 1 for Monday to 7 for Sunday. #}
{% macro iso_day_of_week(day) -%}
  {{ return(adapter.dispatch('iso_day_of_week')(day)) }}
{%- endmacro %}

{% macro default__iso_day_of_week(day) -%}
  cast(extract(isodow from {{ day }}) as {{ dbt.type_int() }})
{%- endmacro %}

{% macro snowflake__iso_day_of_week(day) -%}
  dayofweekiso({{ day }})
{%- endmacro %}


{# The name that belongs to a number from 1. #}
{% macro name_of(number, names) -%}
  case {{ number }}
    {%- for name in names %} when {{ loop.index }} then '{{ name }}'{% endfor %}
  end
{%- endmacro %}


{# Whole seconds from one time to another. #}
{% macro seconds_between(start, end) -%}
  {{ return(adapter.dispatch('seconds_between')(start, end)) }}
{%- endmacro %}

{% macro default__seconds_between(start, end) -%}
  floor(extract(epoch from {{ end }} - {{ start }}))
{%- endmacro %}

{% macro duckdb__seconds_between(start, end) -%}
  date_sub('second', {{ start }}, {{ end }})
{%- endmacro %}

{% macro snowflake__seconds_between(start, end) -%}
  floor(datediff('millisecond', {{ start }}, {{ end }}) / 1000)
{%- endmacro %}
