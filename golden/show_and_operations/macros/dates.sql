{% macro dates() %}
  {{ log((var('day') + modules.datetime.timedelta(days=2)).strftime('%d.%m.%Y') ~ ' ' ~ var('at').hour, info=true) }}
  {{ log(fromyaml('{2024-01-01: [2024-01-01 10:00:00, "2024-01-01"]}'), info=true) }}
  {{ log(var('text'), info=true) }}
{% endmacro %}
