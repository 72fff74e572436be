{# Columns are written as they stand in the config: they may be expressions. #}
{% macro postgres__get_create_index_sql(relation, index_dict) -%}
  {% do validate_index(index_dict) -%}
  create {{ 'unique ' if index_dict.get('unique') }}index if not exists {{ adapter.quote(index_name(relation, index_dict)) }}
    on {{ relation.render() }}
    {%- if index_dict.get('type') %} using {{ index_dict.get('type') }}{% endif %}
    ({{ index_dict.get('columns') | join(', ') }})
{%- endmacro %}

{% macro postgres__get_drop_index_sql(relation, index_name) -%}
  drop index if exists {{ relation.incorporate(path={'identifier': index_name}).include(database=false) }}
{%- endmacro %}

{# Indexes of constraints are left out: they go with their constraint. #}
{% macro postgres__get_show_indexes_sql(relation) -%}
  select
    index_class.relname as name,
    method.amname as method,
    index.indisunique as "unique",
    array_to_string(array(
      select pg_get_indexdef(index.indexrelid, position, true)
      from generate_series(1, index.indnkeyatts) as position
    ), ',') as column_names
  from pg_index as index
  join pg_class as index_class on index_class.oid = index.indexrelid
  join pg_am as method on method.oid = index_class.relam
  join pg_class as class on class.oid = index.indrelid
  join pg_namespace as namespace on namespace.oid = class.relnamespace
  where namespace.nspname = {{ string_literal(escape_single_quotes(relation.schema)) }}
    and class.relname = {{ string_literal(escape_single_quotes(relation.identifier)) }}
    and not exists (select 1 from pg_constraint where conindid = index.indexrelid)
  order by name
{%- endmacro %}

{% macro postgres__rename_index(relation, name, new_name) %}
  {% do run_query(
    'alter index ' ~ relation.incorporate(path={'identifier': name}).include(database=false) ~ ' rename to ' ~ adapter.quote(new_name)
  ) %}
{% endmacro %}
