{# Schemas. A relation without its identifier names one. #}

{% macro create_schema(relation) %}
  {% do return(adapter.dispatch('create_schema', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__create_schema(relation) %}
  {% call statement('create_schema') %}
    create schema if not exists {{ relation.without_identifier() }}
  {% endcall %}
{% endmacro %}

{% macro drop_schema(relation) %}
  {% do return(adapter.dispatch('drop_schema', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__drop_schema(relation) %}
  {% call statement('drop_schema') %}
    drop schema if exists {{ relation.without_identifier() }} cascade
  {% endcall %}
{% endmacro %}

{# The same by name, in the target's database. #}
{% macro drop_schema_named(schema_name) %}
  {% do return(adapter.dispatch('drop_schema_named', 'dbt')(schema_name)) %}
{% endmacro %}

{% macro default__drop_schema_named(schema_name) %}
  {% do adapter.drop_schema(api.Relation.create(database=target.database, schema=schema_name)) %}
{% endmacro %}

{# A table of one column of names. #}
{% macro list_schemas(database) %}
  {% do return(adapter.dispatch('list_schemas', 'dbt')(database)) %}
{% endmacro %}

{% macro default__list_schemas(database) %}
  {% do return(run_query(
    'select distinct schema_name from ' ~ information_schema_name(database) ~ '.schemata
      where lower(catalog_name) = lower(' ~ string_literal(escape_single_quotes(database)) ~ ')'
  )) %}
{% endmacro %}

{# A table of one number: how many schemas of that name there are. #}
{% macro check_schema_exists(information_schema, schema) %}
  {% do return(adapter.dispatch('check_schema_exists', 'dbt')(information_schema, schema)) %}
{% endmacro %}

{% macro default__check_schema_exists(information_schema, schema) %}
  {% do return(run_query(
    'select count(*) from ' ~ information_schema_name(information_schema.database) ~ '.schemata
      where lower(catalog_name) = lower(' ~ string_literal(escape_single_quotes(information_schema.database)) ~ ')
        and lower(schema_name) = lower(' ~ string_literal(escape_single_quotes(schema)) ~ ')'
  )) %}
{% endmacro %}

{# Where a database's catalog views are. #}
{% macro information_schema_name(database) %}
  {% do return(adapter.dispatch('information_schema_name', 'dbt')(database)) %}
{% endmacro %}

{% macro default__information_schema_name(database) -%}
  {% if database %}{{ adapter.quote(database) }}.{% endif %}information_schema
{%- endmacro %}

{# Whether the version of dbt that is followed begins with 2. #}
{% macro is_core_v2() %}
  {% do return(dbt_version.split('.')[0] == '2') %}
{% endmacro %}
