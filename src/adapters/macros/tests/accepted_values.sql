{# Values that are none of `values`, with their counts. `quote`: whether the values are texts. #}
{% test accepted_values(model, column_name, values, quote=true) %}
  {% do return(adapter.dispatch('test_accepted_values', 'dbt')(model, column_name, values, quote)) %}
{% endtest %}

{% macro default__test_accepted_values(model, column_name, values, quote=true) -%}
  with all_values as (
    select
      {{ column_name }} as value_field,
      count(*) as n_records
    from {{ model }}
    group by {{ column_name }}
  )
  select *
  from all_values
  where value_field not in (
    {%- for value in values %}
    {{ "'" ~ value ~ "'" if quote else value }}{{ ',' if not loop.last }}
    {%- endfor %}
  )
{%- endmacro %}
