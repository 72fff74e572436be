{# When relations changed last: rows of schema, name, that time, and now. #}
{% macro snowflake__get_relation_last_modified(information_schema, relations) %}
  {% call statement('last_modified', fetch_result=true, auto_begin=false) %}
    select
      table_schema as schema,
      table_name as identifier,
      last_altered as last_modified,
      {{ current_timestamp() }} as snapshotted_at
    from {{ information_schema_name(information_schema.database) }}.tables
    where {{ catalog_relations_condition('table_schema', 'table_name', relations) }}
  {% endcall %}
  {% do return(load_result('last_modified')) %}
{% endmacro %}
