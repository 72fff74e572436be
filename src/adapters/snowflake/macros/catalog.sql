{% macro snowflake__get_catalog(information_schema, schemas) %}
  {% do return(snowflake_catalog(information_schema.database, catalog_schemas_condition('tables.table_schema', schemas))) %}
{% endmacro %}

{% macro snowflake__get_catalog_relations(information_schema, relations) %}
  {% do return(snowflake_catalog(
    information_schema.database,
    catalog_relations_condition('tables.table_schema', 'tables.table_name', relations)
  )) %}
{% endmacro %}

{% macro snowflake__get_catalog_for_single_relation(relation) %}
  {% do return(snowflake_catalog(
    relation.database,
    catalog_relations_condition('tables.table_schema', 'tables.table_name', [relation])
  )) %}
{% endmacro %}

{# From the information schema, which leaves nothing out however much there is. #}
{% macro snowflake_catalog(database, condition) %}
  {% set catalog = information_schema_name(database) %}
  {% call statement('catalog', fetch_result=true) %}
    select
      tables.table_catalog as "table_database",
      tables.table_schema as "table_schema",
      tables.table_name as "table_name",
      tables.table_type as "table_type",
      tables.comment as "table_comment",
      columns.column_name as "column_name",
      columns.ordinal_position as "column_index",
      columns.data_type as "column_type",
      columns.comment as "column_comment",
      tables.table_owner as "table_owner",
      'Clustering Key' as "stats:clustering_key:label",
      tables.clustering_key as "stats:clustering_key:value",
      'The key used to cluster this table' as "stats:clustering_key:description",
      (tables.clustering_key is not null) as "stats:clustering_key:include",
      'Row Count' as "stats:row_count:label",
      tables.row_count as "stats:row_count:value",
      'How many rows there are, about' as "stats:row_count:description",
      (tables.row_count is not null) as "stats:row_count:include",
      'Approximate Size' as "stats:bytes:label",
      tables.bytes as "stats:bytes:value",
      'How large the table is, as Snowflake reports it' as "stats:bytes:description",
      (tables.bytes is not null) as "stats:bytes:include",
      'Last Modified' as "stats:last_modified:label",
      to_varchar(tables.last_altered, 'yyyy-mm-dd HH24:MI') as "stats:last_modified:value",
      'When the table was changed last' as "stats:last_modified:description",
      (tables.last_altered is not null and tables.table_type = 'BASE TABLE') as "stats:last_modified:include"
    from {{ catalog }}.tables as tables
    join {{ catalog }}.columns as columns
      on columns.table_schema = tables.table_schema and columns.table_name = tables.table_name
    where {{ condition }}
    order by tables.table_schema, tables.table_name, columns.ordinal_position
  {% endcall %}
  {% do return(load_result('catalog').table) %}
{% endmacro %}

{# A database's name as the project writes it: a quoted one keeps its case. #}
{% macro snowflake__information_schema_name(database) -%}
  {% if database %}{{ api.Relation.create(database=database) }}.{% endif %}information_schema
{%- endmacro %}
