{# Offsets of times as other engines read them too: of one digit, and in a time stamp that has no zone. #}
{% macro duckdb__fixture_value(value, type) %}
  {% if value is not string or not type.lower().startswith('timestamp') %}
    {% do return(default__fixture_value(value, type)) %}
  {% endif %}
  {% set time = modules.re.sub('([+-])([0-9])$', '\\g<1>0\\g<2>', value) %}
  {% if type | lower == 'timestamp' %}
    {% do return(cast(default__fixture_value(time, 'timestamptz'), type)) %}
  {% endif %}
  {% do return(default__fixture_value(time, type)) %}
{% endmacro %}
