{# Beside PostgreSQL's names of types stand those that dbt shows, for whoever looks for them. #}
{% macro postgres__format_column(column) %}
  {% set shown = {
    'numeric': 'DECIMAL',
    'timestamp without time zone': 'DATETIME',
    'timestamp with time zone': 'DATETIMETZ',
    'integer[]': 'INTEGERARRAY',
    'text[]': 'STRINGARRAY',
  } %}
  {% set formatted = default__format_column(column) %}
  {% set name = shown.get(formatted.data_type) %}
  {% do formatted.update({'data_type': (formatted.data_type | upper) ~ (' (' ~ name ~ ')' if name else '')}) %}
  {% do return(formatted) %}
{% endmacro %}
