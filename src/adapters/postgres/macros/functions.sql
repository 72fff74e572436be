{# PostgreSQL knows default values of arguments. #}
{% macro postgres__formatted_scalar_function_args_sql() -%}
  {% for argument in model.arguments -%}
    {{ argument.name }} {{ argument.data_type }}
    {%- if argument.default_value is defined and argument.default_value is not none %} DEFAULT {{ argument.default_value }}{% endif -%}
    {{ ', ' if not loop.last }}
  {%- endfor %}
{%- endmacro %}
