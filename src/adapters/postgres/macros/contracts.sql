{# Types whose values programs read alike are one type to a contract, under the name that dbt shows. #}
{% macro postgres__format_column(column) %}
  {% set families = {
    'STRING': ['text', 'character varying', 'character', 'name', 'char'],
    'INTEGER': ['smallint', 'integer'],
    'LONGINTEGER': ['bigint'],
    'FLOAT': ['real', 'double precision'],
    'DECIMAL': ['numeric'],
    'DATETIME': ['timestamp without time zone'],
    'DATETIMETZ': ['timestamp with time zone'],
    'TIME': ['time without time zone', 'time with time zone'],
    'BINARY': ['bytea'],
    'ROWID': ['oid'],
  } %}
  {% set formatted = default__format_column(column) %}
  {% set name = formatted.data_type | replace('[]', '') %}
  {% set shown = [name | upper] %}
  {% for family, members in families.items() if name in members %}
    {% do shown.append(family) %}
  {% endfor %}
  {% do formatted.update({'data_type': (shown | last) ~ ('ARRAY' if formatted.data_type.endswith('[]') else '')}) %}
  {% do return(formatted) %}
{% endmacro %}
