{% set unused = 1 %}
{% macro one() %}1{% endmacro %}
{% endmacro %}
