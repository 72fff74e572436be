{# Range partitions: `partition_by={'field': 'created_at', 'granularity': 'month'}`. #}

{# The field's name and the granularity; nothing for a table that is not partitioned. What other engines take under the
   same key (names of columns, ranges of whole numbers) means nothing here. #}
{% macro postgres_partitioning() %}
  {% set given = config.get('partition_by') %}
  {% if given is not mapping or given.get('range') or (given.get('data_type') or '') | lower == 'int64' %}
    {% do return(none) %}
  {% endif %}
  {% do return({'field': given.field, 'granularity': (given.get('granularity') or 'month') | lower}) %}
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
  create table {{ relation.render() }} {{ contract_of(relation) if contracted else '(like ' ~ rows ~ ')' }}
    partition by range ({{ adapter.quote(partitioning.field) }});
  {{ create_partitions(relation, rows) }}
  insert into {{ relation.render() }} select * from {{ rows }};
{%- endmacro %}

{# What the names of a table's partitions begin with. #}
{% macro postgres_partition_stem(identifier) %}
  {% do return(cut_to(identifier, 48) ~ '_p') %}
{% endmacro %}

{# A partition for each span of time that rows need. What other partitions cover already, whatever their width, is left
   out of it, so that the granularity can change. Rows without a time that is finite go to a default partition, which is
   made for the first of them. Spans begin and end in UTC. #}
{% macro postgres__create_partitions(relation, source) %}
  {% set partitioning = postgres_partitioning() %}
  {% if not partitioning %}{% do return('') %}{% endif %}
  {% set field = string_literal(escape_single_quotes(partitioning.field)) %}
  {% set parent = postgres_regclass(relation) %}
  {% set tablespace = config.get('tablespace') %}
  do $partitions$
  declare
    zoned boolean;
    moment text;
    span timestamp;
    span_end timestamp;
    edge timestamp;
    standing record;
    needs_default boolean;
    new_partition constant text :=
      'create {{ 'unlogged ' if config.get('unlogged') }}table {{ adapter.quote(relation.schema) | replace("'", "''") }}.%I partition of {{ relation.include(database=false) | string | replace("'", "''") }} %s'
      {%- if tablespace %} || ' tablespace {{ adapter.quote(tablespace) | replace("'", "''") }}'{% endif %};
    stem constant text := {{ string_literal(escape_single_quotes(postgres_partition_stem(relation.identifier))) }};
  begin
    select att.atttypid = 'timestamptz'::regtype
    into zoned
    from pg_catalog.pg_partitioned_table as part
    inner join pg_catalog.pg_attribute as att on att.attrelid = part.partrelid and att.attnum = part.partattrs[0]
    where part.partrelid = {{ parent }}
      and part.partstrat = 'r'
      and part.partnatts = 1
      and att.attname = {{ field }};
    if not found then
      raise exception using
        message = format('%s is not partitioned by ranges of "%s"', {{ parent }}, {{ field }}),
        hint = 'The table was built before its partition_by was what it is now: build it anew with --full-refresh.';
    end if;

    moment := format(case when zoned then '(%I at time zone ''UTC'')' else '%I::timestamp' end, {{ field }});
    for span in execute format(
      'select distinct date_trunc(%L, %s) from {{ source | string | replace("'", "''") }} where isfinite(%I) order by 1',
      '{{ partitioning.granularity }}', moment, {{ field }}
    )
    loop
      edge := span;
      span_end := span + interval '1 {{ partitioning.granularity }}';
      for standing in
        select lower_bound, upper_bound
        from (
          select
            case when zoned then coalesce(bounds[1], '-infinity')::timestamptz at time zone 'UTC' else coalesce(bounds[1], '-infinity')::timestamp end as lower_bound,
            case when zoned then coalesce(bounds[2], 'infinity')::timestamptz at time zone 'UTC' else coalesce(bounds[2], 'infinity')::timestamp end as upper_bound
          from pg_catalog.pg_inherits as child
          inner join pg_catalog.pg_class as part on part.oid = child.inhrelid
          cross join lateral regexp_match(
            pg_catalog.pg_get_expr(part.relpartbound, part.oid),
            'FROM \((?:''([^'']+)''|MINVALUE)\) TO \((?:''([^'']+)''|MAXVALUE)\)'
          ) as bounds
          where child.inhparent = {{ parent }} and bounds is not null
        ) as spans
        where lower_bound < span_end and upper_bound > span
        union all
        select span_end, span_end
        order by 1
      loop
        if standing.lower_bound > edge then
          execute format(
            new_partition,
            stem || to_char(edge, '{{ 'YYYYMMDDHH24' if partitioning.granularity == 'hour' else 'YYYYMMDD' }}'),
            case when zoned
              then format('for values from (%L) to (%L)', edge at time zone 'UTC', standing.lower_bound at time zone 'UTC')
              else format('for values from (%L) to (%L)', edge, standing.lower_bound)
            end
          );
        end if;
        edge := greatest(edge, standing.upper_bound);
      end loop;
    end loop;

    execute format('select exists (select from {{ source | string | replace("'", "''") }} where isfinite(%I) is not true)', {{ field }}) into needs_default;
    if needs_default and (select partdefid = 0 from pg_catalog.pg_partitioned_table where partrelid = {{ parent }}) then
      execute format(new_partition, stem || 'default', 'default');
    end if;
  end
  $partitions$;
{% endmacro %}

{# Names the partitions of a table that was built as another one after it. #}
{% macro postgres_settle_partitions_sql(relation, built_as) %}
  {% if not postgres_partitioning() %}{% do return('') %}{% endif %}
  {% set old = string_literal(escape_single_quotes(postgres_partition_stem(built_as.identifier))) %}
  {% set new = string_literal(escape_single_quotes(postgres_partition_stem(relation.identifier))) %}
  do $names$
  declare
    part record;
  begin
    for part in
      select child.inhrelid::regclass as place, class.relname as name
      from pg_catalog.pg_inherits as child
      inner join pg_catalog.pg_class as class on class.oid = child.inhrelid
      where child.inhparent = {{ postgres_regclass(relation) }} and starts_with(class.relname, {{ old }})
    loop
      execute format('alter table %s rename to %I', part.place, {{ new }} || substr(part.name, length({{ old }}) + 1));
    end loop;
  end
  $names$;
{% endmacro %}
