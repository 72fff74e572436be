{# What exists, from the catalog: the information schema leaves out materialized views, and is slow. #}

{% macro postgres__list_relations_without_caching(schema_relation) %}
  {% call statement('list_relations_without_caching', fetch_result=true) %}
    select
      current_database() as database,
      class.relname as name,
      namespace.nspname as schema,
      case class.relkind when 'v' then 'view' when 'm' then 'materialized_view' else 'table' end as type
    from pg_class as class
    join pg_namespace as namespace on namespace.oid = class.relnamespace
    where class.relkind in ('r', 'p', 'f', 'v', 'm')
      and lower(namespace.nspname) = lower({{ string_literal(escape_single_quotes(schema_relation.schema)) }})
  {% endcall %}
  {% do return(load_result('list_relations_without_caching').table) %}
{% endmacro %}

{% macro postgres__list_schemas(database) %}
  {% call statement('list_schemas', fetch_result=true, auto_begin=false) %}
    select distinct nspname from pg_namespace
  {% endcall %}
  {% do return(load_result('list_schemas').table) %}
{% endmacro %}

{% macro postgres__check_schema_exists(information_schema, schema) %}
  {% call statement('check_schema_exists', fetch_result=true, auto_begin=false) %}
    select count(*) from pg_namespace where nspname = {{ string_literal(escape_single_quotes(schema)) }}
  {% endcall %}
  {% do return(load_result('check_schema_exists').table) %}
{% endmacro %}

{# A connection knows one database. #}
{% macro postgres__information_schema_name(database) -%}
  information_schema
{%- endmacro %}

{# Which views read which relations: a table of (referenced_schema, referenced_name, dependent_schema, dependent_name). #}
{% macro postgres__get_relations() %}
  {% call statement('relations', fetch_result=true) %}
    select distinct
      referenced_namespace.nspname as referenced_schema,
      referenced.relname as referenced_name,
      dependent_namespace.nspname as dependent_schema,
      dependent.relname as dependent_name
    from pg_depend as depend
    join pg_rewrite as rule on rule.oid = depend.objid
    join pg_class as dependent on dependent.oid = rule.ev_class
    join pg_namespace as dependent_namespace on dependent_namespace.oid = dependent.relnamespace
    join pg_class as referenced on referenced.oid = depend.refobjid
    join pg_namespace as referenced_namespace on referenced_namespace.oid = referenced.relnamespace
    where depend.classid = 'pg_rewrite'::regclass
      and depend.refclassid = 'pg_class'::regclass
      and dependent.oid <> referenced.oid
      and referenced_namespace.nspname not in ('pg_catalog', 'information_schema')
    order by 1, 2, 3, 4
  {% endcall %}
  {% do return(load_result('relations').table) %}
{% endmacro %}

{% macro postgres_get_relations() %}
  {% do return(postgres__get_relations()) %}
{% endmacro %}
