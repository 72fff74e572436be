{# A row's number has to have an order, any. #}
{% macro snowflake__unordered_row_number() -%}
  row_number() over (order by null)
{%- endmacro %}
