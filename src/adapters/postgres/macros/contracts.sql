{# Types whose values programs read alike are one type to a contract, under the name that dbt has for them; the
   differences show both names. #}
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
  {% set family = (shown | last) ~ ('ARRAY' if formatted.data_type.endswith('[]') else '') %}
  {% set own = formatted.data_type | upper %}
  {% do formatted.update({'data_type': family, 'shown': own if own == family else own ~ ' (' ~ family ~ ')'}) %}
  {% do return(formatted) %}
{% endmacro %}
