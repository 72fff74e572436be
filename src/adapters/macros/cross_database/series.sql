{# Rows that come from nowhere. #}

{# A query of `generated_number` from 1 to `upper_bound`. #}
{% macro generate_series(upper_bound) %}
  {% do return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) %}
{% endmacro %}

{% macro default__generate_series(upper_bound) -%}
  select generated_number
  from generate_series(1, {{ upper_bound }}) as series(generated_number)
{%- endmacro %}

{# The smallest exponent (1 or more) with which two reaches `upper_bound`. #}
{% macro get_powers_of_two(upper_bound) %}
  {% do return(adapter.dispatch('get_powers_of_two', 'dbt')(upper_bound)) %}
{% endmacro %}

{% macro default__get_powers_of_two(upper_bound) %}
  {% if upper_bound <= 0 %}
    {% do exceptions.raise_compiler_error('upper bound must be positive') %}
  {% endif %}
  {% for exponent in range(1, 100) if 2 ** exponent >= upper_bound %}
    {% do return(exponent) %}
  {% endfor %}
{% endmacro %}

{# A query of `date_<datepart>`: every one from `start_date` up to and without `end_date`, both SQL. #}
{% macro date_spine(datepart, start_date, end_date) %}
  {% do return(adapter.dispatch('date_spine', 'dbt')(datepart, start_date, end_date)) %}
{% endmacro %}

{% macro default__date_spine(datepart, start_date, end_date) -%}
  with rawdata as (
    {{ generate_series(get_intervals_between(start_date, end_date, datepart)) }}
  ),
  all_periods as (
    select {{ dateadd(datepart, '(generated_number - 1)', start_date) }} as date_{{ datepart }}
    from rawdata
  )
  select *
  from all_periods
  where date_{{ datepart }} <= {{ end_date }}
{%- endmacro %}

{# How many parts lie between two dates; asks the database. #}
{% macro get_intervals_between(start_date, end_date, datepart) %}
  {% do return(adapter.dispatch('get_intervals_between', 'dbt')(start_date, end_date, datepart)) %}
{% endmacro %}

{% macro default__get_intervals_between(start_date, end_date, datepart) %}
  {% call statement('get_intervals_between', fetch_result=true) %}
    select {{ datediff(start_date, end_date, datepart) }}
  {% endcall %}
  {# While parsing nothing is asked, and some number has to do. #}
  {% do return(load_result('get_intervals_between').table.rows[0][0] | int if execute else 1) %}
{% endmacro %}
