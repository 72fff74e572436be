{# Temporary tables live in a schema of the session's own. `unlogged` and `tablespace` are configs of a table. #}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
  {% set partitioning = none if temporary else postgres_partitioning() -%}
  {% if partitioning %}{% do return(postgres_create_partitioned_table(relation, sql, partitioning)) %}{% endif -%}
  {% set tablespace = config.get('tablespace') -%}
  {{ create_table_with_modifiers(
    'temporary' if temporary else ('unlogged' if config.get('unlogged') else ''),
    relation.include(database=not temporary, schema=not temporary),
    sql,
    'tablespace ' ~ adapter.quote(tablespace) if tablespace and not temporary else ''
  ) }}
{%- endmacro %}

{# A connection knows one database: its name is not written. #}
{% macro postgres__create_schema(relation) %}
  {% call statement('create_schema') %}
    create schema if not exists {{ relation.without_identifier().include(database=false) }}
  {% endcall %}
{% endmacro %}

{% macro postgres__drop_schema(relation) %}
  {% call statement('drop_schema') %}
    drop schema if exists {{ relation.without_identifier().include(database=false) }} cascade
  {% endcall %}
{% endmacro %}
