{% macro inner_macro(value) %}
  {{ exceptions.raise_compiler_error('there is no ' ~ value) }}
{% endmacro %}

{% macro outer_macro(value) -%}
  {{ inner_macro(value ~ 'y') }}
{%- endmacro %}
