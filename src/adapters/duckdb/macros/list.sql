{# What exists, from DuckDB's own functions. The engine compares names without regard to case. #}

{% macro duckdb__list_schemas(database) %}
  {% do return(run_query(
    'select distinct schema_name from duckdb_schemas()'
    ~ (' where lower(database_name) = lower(' ~ string_literal(escape_single_quotes(database)) ~ ')' if database else '')
  )) %}
{% endmacro %}

{% macro duckdb__check_schema_exists(information_schema, schema) %}
  {% do return(run_query(
    'select count(*) from duckdb_schemas() where lower(schema_name) = lower(' ~ string_literal(escape_single_quotes(schema)) ~ ')'
    ~ ' and lower(database_name) = lower(' ~ string_literal(escape_single_quotes(information_schema.database)) ~ ')'
  )) %}
{% endmacro %}
