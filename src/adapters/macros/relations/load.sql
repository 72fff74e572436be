{# Relations that exist. #}

{# The relation as the database has it, with its kind; none when it does not exist. #}
{% macro load_cached_relation(relation) %}
  {% do return(adapter.get_relation(database=relation.database, schema=relation.schema, identifier=relation.identifier)) %}
{% endmacro %}

{# The name that `load_cached_relation` had first. #}
{% macro load_relation(relation) %}
  {% do return(load_cached_relation(relation)) %}
{% endmacro %}

{# [whether it exists, the relation]: the existing one, else one of the given type that is yet to be created. #}
{% macro get_or_create_relation(database, schema, identifier, type) %}
  {% do return(adapter.dispatch('get_or_create_relation', 'dbt')(database, schema, identifier, type)) %}
{% endmacro %}

{% macro default__get_or_create_relation(database, schema, identifier, type) %}
  {% set existing = adapter.get_relation(database=database, schema=schema, identifier=identifier) %}
  {% if existing %}
    {% do return([true, existing]) %}
  {% endif %}
  {% do return([false, api.Relation.create(database=database, schema=schema, identifier=identifier, type=type)]) %}
{% endmacro %}

{# Rows of (database, name, schema, type). #}
{% macro list_relations_without_caching(schema_relation) %}
  {% do return(adapter.dispatch('list_relations_without_caching', 'dbt')(schema_relation)) %}
{% endmacro %}

{% macro default__list_relations_without_caching(schema_relation) %}
  {% do return(run_query(
    "select table_catalog as \"database\", table_name as \"name\", table_schema as \"schema\",
        case table_type when 'VIEW' then 'view' when 'BASE TABLE' then 'table' when 'LOCAL TEMPORARY' then 'table' else table_type end as \"type\"
      from " ~ information_schema_name(schema_relation.database) ~ ".tables
      where lower(table_catalog) = lower(" ~ string_literal(escape_single_quotes(schema_relation.database)) ~ ")
        and lower(table_schema) = lower(" ~ string_literal(escape_single_quotes(schema_relation.schema)) ~ ")"
  )) %}
{% endmacro %}

{% macro list_function_relations_without_caching(schema_relation) %}
  {% do return(adapter.dispatch('list_function_relations_without_caching', 'dbt')(schema_relation)) %}
{% endmacro %}

{% macro default__list_function_relations_without_caching(schema_relation) %}
  {% do exceptions.raise_not_implemented('list_function_relations_without_caching is not implemented for ' ~ adapter.type()) %}
{% endmacro %}

{# When relations changed last, for engines whose catalog knows. #}
{% macro get_relation_last_modified(information_schema, relations) %}
  {% do return(adapter.dispatch('get_relation_last_modified', 'dbt')(information_schema, relations)) %}
{% endmacro %}

{% macro default__get_relation_last_modified(information_schema, relations) %}
  {% do exceptions.raise_not_implemented('get_relation_last_modified is not implemented for ' ~ adapter.type()) %}
{% endmacro %}

{# Which relations are built on which. #}
{% macro get_relations() %}
  {% do return(adapter.dispatch('get_relations', 'dbt')()) %}
{% endmacro %}

{% macro default__get_relations() %}
  {% do exceptions.raise_not_implemented('get_relations is not implemented for ' ~ adapter.type()) %}
{% endmacro %}
