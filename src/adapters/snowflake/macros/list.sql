{# What exists. #}

{% macro snowflake__list_schemas(database) %}
  {% do return(run_query('show terse schemas in database ' ~ api.Relation.create(database=database) ~ ' limit 10000')) %}
{% endmacro %}
