{% macro duckdb__get_catalog(information_schema, schemas) %}
  {% do return(duckdb__catalog(information_schema.database, catalog_schemas_condition('relations.table_schema', schemas))) %}
{% endmacro %}

{% macro duckdb__get_catalog_relations(information_schema, relations) %}
  {% do return(duckdb__catalog(
    information_schema.database, catalog_relations_condition('relations.table_schema', 'relations.table_name', relations)
  )) %}
{% endmacro %}

{% macro duckdb__get_catalog_for_single_relation(relation) %}
  {% do return(duckdb__catalog(
    relation.database, catalog_relations_condition('relations.table_schema', 'relations.table_name', [relation])
  )) %}
{% endmacro %}

{% macro duckdb__catalog(database, condition) %}
  {% call statement('catalog', fetch_result=true) %}
    with relations as (
      select
        database_name as table_database,
        schema_name as table_schema,
        table_name,
        case when temporary then 'LOCAL TEMPORARY' else 'BASE TABLE' end as table_type,
        comment as table_comment
      from duckdb_tables()
      union all
      select database_name, schema_name, view_name, 'VIEW', comment
      from duckdb_views()
    )
    select
      relations.table_database,
      relations.table_schema,
      relations.table_name,
      relations.table_type,
      relations.table_comment,
      columns.column_name,
      columns.column_index,
      columns.data_type as column_type,
      columns.comment as column_comment,
      null::varchar as table_owner
    from relations
    join duckdb_columns() as columns
      on columns.database_name = relations.table_database
      and columns.schema_name = relations.table_schema
      and columns.table_name = relations.table_name
    where lower(relations.table_database) = lower({{ string_literal(escape_single_quotes(database)) }})
      and {{ condition }}
    order by relations.table_schema, relations.table_name, columns.column_index
  {% endcall %}
  {% do return(load_result('catalog').table) %}
{% endmacro %}
