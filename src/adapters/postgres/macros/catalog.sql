{% macro postgres__get_catalog(information_schema, schemas) %}
  {% do return(postgres__catalog(catalog_schemas_condition('namespace.nspname', schemas))) %}
{% endmacro %}

{% macro postgres__get_catalog_relations(information_schema, relations) %}
  {% do return(postgres__catalog(catalog_relations_condition('namespace.nspname', 'class.relname', relations))) %}
{% endmacro %}

{% macro postgres__get_catalog_for_single_relation(relation) %}
  {% do return(postgres__catalog(catalog_relations_condition('namespace.nspname', 'class.relname', [relation]))) %}
{% endmacro %}

{% macro postgres__catalog(condition) %}
  {% call statement('catalog', fetch_result=true) %}
    select
      current_database() as table_database,
      namespace.nspname as table_schema,
      class.relname as table_name,
      case
        when class.relpersistence = 't' then 'LOCAL TEMPORARY'
        when class.relkind = 'v' then 'VIEW'
        when class.relkind = 'm' then 'MATERIALIZED VIEW'
        when class.relkind = 'f' then 'FOREIGN TABLE'
        else 'BASE TABLE'
      end as table_type,
      obj_description(class.oid, 'pg_class') as table_comment,
      attribute.attname as column_name,
      attribute.attnum as column_index,
      format_type(attribute.atttypid, attribute.atttypmod) as column_type,
      col_description(class.oid, attribute.attnum) as column_comment,
      pg_get_userbyid(class.relowner) as table_owner
    from pg_class as class
    join pg_namespace as namespace on namespace.oid = class.relnamespace
    join pg_attribute as attribute
      on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
    where class.relkind in ('r', 'p', 'f', 'v', 'm')
      and {{ condition }}
    order by table_schema, table_name, column_index
  {% endcall %}
  {% do return(load_result('catalog').table) %}
{% endmacro %}
