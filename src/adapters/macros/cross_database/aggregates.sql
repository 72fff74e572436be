{# Aggregate functions. #}

{% macro any_value(expression) %}
  {% do return(adapter.dispatch('any_value', 'dbt')(expression)) %}
{% endmacro %}

{% macro default__any_value(expression) -%}
  any_value({{ expression }})
{%- endmacro %}

{% macro bool_or(expression) %}
  {% do return(adapter.dispatch('bool_or', 'dbt')(expression)) %}
{% endmacro %}

{% macro default__bool_or(expression) -%}
  bool_or({{ expression }})
{%- endmacro %}

{# Texts of a group joined. `delimiter_text` is SQL, `order_by_clause` a whole `order by …`, `limit_num` how many of the
   texts there are at most. #}
{% macro listagg(measure, delimiter_text="','", order_by_clause=none, limit_num=none) %}
  {% do return(adapter.dispatch('listagg', 'dbt')(measure, delimiter_text, order_by_clause, limit_num)) %}
{% endmacro %}

{% macro default__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
  {% set ordered = measure ~ (' ' ~ order_by_clause if order_by_clause else '') -%}
  {% if limit_num -%}
    array_to_string((array_agg({{ ordered }}))[1:{{ limit_num }}], {{ delimiter_text }})
  {%- else -%}
    string_agg({{ measure }}, {{ delimiter_text }}{{ ' ' ~ order_by_clause if order_by_clause }})
  {%- endif %}
{%- endmacro %}
