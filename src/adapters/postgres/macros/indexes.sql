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

{# Below this size, all of a table is read as fast. #}
{% macro postgres_least_indexed_bytes() %}{% do return(8 * 1024 * 1024) %}{% endmacro %}

{# The planner has to know how many rows a key has. #}
{% macro postgres__get_key_index_sql(relation, columns) %}
  {% if config.get('key_index') == false or not run_query(postgres_lacks_key_index(relation, columns)).rows[0][0] %}
    {% do return('') %}
  {% endif %}
  {% set ending = '_key_' ~ local_md5(columns | map(attribute='name') | join(','))[:8] %}
  {% set name = cut_to(relation.identifier, 63 - (ending | length)) ~ ending %}
  {% set key = columns | map(attribute='quoted') | join(', ') %}
  {% do return(
    'create index if not exists ' ~ adapter.quote(name) ~ ' on ' ~ relation ~ ' (' ~ key ~ ');\n  analyze ' ~ relation ~ ' (' ~ key ~ ')'
  ) %}
{% endmacro %}

{# One row: whether the table is large, has no index that begins with these columns, and may be given one. #}
{% macro postgres_lacks_key_index(relation, columns) -%}
  {% set table = string_literal(escape_single_quotes(relation.include(database=false) | string)) ~ '::regclass' -%}
  {%- set wanted = [] -%}
  {%- for column in columns %}{% do wanted.append(string_literal(escape_single_quotes(column.name))) %}{% endfor -%}
  select
    pg_relation_size(class.oid) >= {{ postgres_least_indexed_bytes() }}
    and pg_has_role(class.relowner, 'usage')
    and not exists (
      select 1
      from pg_index as index
      where index.indrelid = class.oid
        and index.indisvalid
        and index.indpred is null
        and array(
          select attribute.attname::text
          from generate_series(0, {{ columns | length - 1 }}) as position
          join pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attnum = index.indkey[position]
          order by attribute.attname
        ) = array(
          select wanted.name
          from unnest(array[{{ wanted | join(', ') }}]::text[]) as wanted(name)
          order by wanted.name collate "C"
        )
    )
  from pg_class as class
  where class.oid = {{ table }}
{%- endmacro %}

{# Pages of an index that is used again and again are in memory; compiling takes longer than looking up. #}
{% macro postgres__get_lookup_settings_sql() -%}
  set local jit = off;
  set local random_page_cost = 1.1;
  set local enable_nestloop to default
{%- endmacro %}

{# The planner takes what comes out of a long query for few rows. When they are many, to go through all for each of the
   others never ends. #}
{% macro postgres__get_join_settings_sql() -%}
  set local enable_nestloop = off
{%- endmacro %}

{% macro postgres__get_analyze_sql(relation, columns) -%}
  analyze {{ relation }} ({{ columns | join(', ') }})
{%- endmacro %}
