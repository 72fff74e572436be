{# Types that have no order or no equality are compared by their texts. #}
{% macro postgres__get_comparable_expression(expression, column) %}
  {% set incomparable = ['json', 'xml', 'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle'] %}
  {% if column.data_type | lower in incomparable %}
    {% do return(expression ~ '::text') %}
  {% endif %}
  {% do return(expression) %}
{% endmacro %}
