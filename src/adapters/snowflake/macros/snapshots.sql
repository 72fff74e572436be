{# A row's number has to have an order, any. #}
{% macro snowflake__unordered_row_number() -%}
  row_number() over (order by null)
{%- endmacro %}

{# Keys of which a part is null are not counted, and so are looked for again. #}
{% macro snowflake__snapshot_count_keys(facts, keys) -%}
  count(distinct {{ keys | join(', ') }})
{%- endmacro %}

{% macro snowflake__get_endless_time(data_type) %}
  {% do return(none) %}
{% endmacro %}
