{# Between two queries. #}

{% macro except() %}
  {% do return(adapter.dispatch('except', 'dbt')()) %}
{% endmacro %}

{% macro default__except() -%}
  except
{%- endmacro %}

{% macro intersect() %}
  {% do return(adapter.dispatch('intersect', 'dbt')()) %}
{% endmacro %}

{% macro default__intersect() -%}
  intersect
{%- endmacro %}

{# A condition: both are the same, null being the same as null. #}
{% macro equals(expr1, expr2) %}
  {% do return(adapter.dispatch('equals', 'dbt')(expr1, expr2)) %}
{% endmacro %}

{% macro default__equals(expr1, expr2) -%}
  ({{ expr1 }} is not distinct from {{ expr2 }})
{%- endmacro %}
