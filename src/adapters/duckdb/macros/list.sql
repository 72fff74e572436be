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

{% macro duckdb__list_relations_without_caching(schema_relation) %}
  {% do return(run_query(
    'select table_catalog as "database", table_name as "name", table_schema as "schema",
        case table_type when \'VIEW\' then \'view\' else \'table\' end as "type"
      from system.information_schema.tables
      where lower(table_schema) = lower(' ~ string_literal(escape_single_quotes(schema_relation.schema)) ~ ')
        and lower(table_catalog) = lower(' ~ string_literal(escape_single_quotes(schema_relation.database)) ~ ')'
  )) %}
{% endmacro %}
