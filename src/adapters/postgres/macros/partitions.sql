{# Range partitions: `partition_by={'field': 'created_at', 'granularity': 'month'}`. #}

{# The field's name in quotes and the granularity, checked; nothing for a table that is not partitioned. #}
{% macro postgres_partitioning() %}
  {% set given = config.get('partition_by') %}
  {% if not given %}
    {% do return(none) %}
  {% elif given is not mapping or not given.get('field') %}
    {% do exceptions.raise_compiler_error("partition_by must name a field, such as {'field': 'created_at', 'granularity': 'month'}") %}
  {% endif %}
  {% set granularity = given.get('granularity', 'month') %}
  {% if granularity not in ['day', 'month', 'year'] %}
    {% do exceptions.raise_compiler_error("partition_by's granularity must be day, month or year, not '" ~ granularity ~ "'") %}
  {% endif %}
  {% do return({'field': adapter.quote(given.field), 'granularity': granularity}) %}
{% endmacro %}

{# PostgreSQL cannot declare partitions of a table that it makes from a query, so the rows wait in a temporary table. #}
{% macro postgres_create_partitioned_table(relation, sql, partitioning) -%}
  {% set rows = make_temp_relation(relation).include(database=false, schema=false) %}
  {% set contracted = config.get('contract').enforced %}
  {%- if contracted %}{{ get_assert_columns_equivalent(sql) }}{% endif -%}
  {{ config.get('sql_header') or '' }}
  create temporary table {{ rows }} on commit drop as (
    {{ get_select_subquery(sql) if contracted else sql }}
  );
  create table {{ relation.render() }} {{ get_table_columns_and_constraints() if contracted else '(like ' ~ rows ~ ')' }}
    partition by range ({{ partitioning.field }});
  {{ create_partitions(relation, rows) }}
  insert into {{ relation.render() }} select * from {{ rows }};
{%- endmacro %}

{# A partition for each span of time that the rows need and the table lacks. A partition keeps its name when its table
   is renamed, so each gets a name that no earlier build can have used. #}
{% macro postgres__create_partitions(relation, source) %}
  {% set partitioning = postgres_partitioning() %}
  {% if not partitioning %}{% do return('') %}{% endif %}
  {% set parent = relation.include(database=false) | string | replace("'", "''") %}
  {% set schema = adapter.quote(relation.schema) | replace("'", "''") %}
  {% set stem = relation.identifier[:36] | replace("'", "''") %}
  do $partitions$
  declare
    lower_bound timestamp;
    build text := substr(md5(clock_timestamp()::text || random()::text), 1, 8);
  begin
    for lower_bound in
      select distinct date_trunc('{{ partitioning.granularity }}', {{ partitioning.field }}::timestamp)
      from {{ source }}
      where {{ partitioning.field }} is not null
      except
      select (regexp_match(pg_catalog.pg_get_expr(part.relpartbound, part.oid), 'FROM \(''([^'']+)''\)'))[1]::timestamp
      from pg_catalog.pg_inherits as child
      inner join pg_catalog.pg_class as part on part.oid = child.inhrelid
      where child.inhparent = '{{ parent }}'::regclass
      order by 1
    loop
      execute format(
        'create table {{ schema }}.%I partition of {{ parent }} for values from (%L) to (%L)',
        '{{ stem }}_' || to_char(lower_bound, 'YYYYMMDD') || '_' || build,
        lower_bound,
        lower_bound + interval '1 {{ partitioning.granularity }}'
      );
    end loop;
  end
  $partitions$;
{% endmacro %}
