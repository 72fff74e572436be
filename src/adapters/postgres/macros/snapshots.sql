{# The lock is there also when there is no table yet. #}
{% macro postgres__get_write_lock_sql(relation) -%}
  select pg_advisory_xact_lock(hashtextextended('sqlbuild {{ relation | string | replace("'", "''") }}', 0))
{%- endmacro %}

{# Also a writer that knows nothing of the lock waits, and is waited for. What writes no rows is not: a table that is being
   vacuumed or analyzed cannot be locked, but nothing comes of it either. Until the transaction ends nothing is compiled: the
   planner cannot know how few rows have changed, and would take longer to compile the queries than they take to run. #}
{% macro postgres__snapshot_lock(target, exists) -%}
  set local jit = off;
  {{ get_write_lock_sql(target) }};
  {%- if exists %}
  {%- set lock = 'lock table ' ~ target ~ ' in share row exclusive mode' %}
  {%- set attempt %}
    begin
      {{ lock }} nowait;
    exception when lock_not_available then
      if exists (
        select 1
        from pg_catalog.pg_locks
        where relation = {{ string_literal(escape_single_quotes(target.include(database=false) | string)) }}::regclass
          and granted
          and pid <> pg_catalog.pg_backend_pid()
          and mode not in ('AccessShareLock', 'RowShareLock', 'ShareUpdateExclusiveLock')
      ) then
        {{ lock }};
      end if;
    end
  {%- endset %}
  do {{ string_literal(escape_single_quotes(attempt)) }};
  {%- endif %}
{%- endmacro %}

{# `is not distinct from` cannot be hashed or looked up; arrays can be hashed, and nulls in them are equal. A key of one
   part is never null. #}
{% macro postgres__snapshot_key_equals(facts, left, right) -%}
  {% set nullable = left | length > 1 and (not facts or facts.null_parts) -%}
  {% for expression in left -%}
    {% if nullable %}array[{{ expression }}] = array[{{ right[loop.index0] }}]{% else %}{{ expression }} = {{ right[loop.index0] }}{% endif %}
    {{- ' and ' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{# Digests are sorted faster than keys, but for whole numbers. #}
{% macro postgres__snapshot_count_keys(facts, keys) -%}
  {% set whole = [] -%}
  {% for column in facts.columns if column.name in keys and column.data_type in ['smallint', 'integer', 'bigint'] -%}
    {% do whole.append(column.name) -%}
  {% endfor -%}
  {% if keys | length == 1 and whole -%}
  count(distinct {{ keys[0] }})
  {%- else -%}
  count(distinct hashtextextended(cast(row({{ keys | join(', ') }}) as text), 0))
  {%- endif %}
{%- endmacro %}
