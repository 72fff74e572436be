{# DuckDB has no users. #}
{% macro duckdb__apply_grants(relation, grant_config, should_revoke=true) %}
  {% if grant_config %}
    {% do exceptions.warn('the grants of ' ~ relation ~ ' are ignored: DuckDB has none') %}
  {% endif %}
{% endmacro %}
