{# The queries of a snapshot. #}

{# The first time: every row of the query is a current version. #}
{% macro build_snapshot_table(strategy, sql) %}
  {% do return(adapter.dispatch('build_snapshot_table', 'dbt')(strategy, sql)) %}
{% endmacro %}

{% macro default__build_snapshot_table(strategy, sql) -%}
  {% set columns = snapshot_column_names() -%}
  select *,
    {{ strategy.scd_id }} as {{ columns.dbt_scd_id }},
    {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
    {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
    {{ get_dbt_valid_to_current(strategy, columns) }}
    {%- if strategy.hard_deletes == 'new_record' %},
    'False' as {{ columns.dbt_is_deleted }}
    {%- endif %}
  from (
    {{ sql }}
  ) sbq
{%- endmacro %}

{# Later: the differences between the query and the current versions. `dbt_change_type` says what each row is:
     insert   a new version; of a row that is gone, where `hard_deletes` is new_record
     update   names, by its `dbt_scd_id`, a version that a new one ends
     delete   names a version whose row is gone #}
{% macro snapshot_staging_table(strategy, source_sql, target_relation) %}
  {% do return(adapter.dispatch('snapshot_staging_table', 'dbt')(strategy, source_sql, target_relation)) %}
{% endmacro %}

{% macro default__snapshot_staging_table(strategy, source_sql, target_relation) -%}
  {% set columns = snapshot_column_names() %}
  {%- set keys = strategy.unique_key %}
  {%- set new_record = strategy.hard_deletes == 'new_record' %}
  {%- set changed %}({{ strategy.row_changed }}{% if new_record %} or snapshotted_data.{{ columns.dbt_is_deleted }} = 'True'{% endif %}){% endset -%}
  with snapshot_query as (
    {{ source_sql }}
  ),

  snapshotted_data as (
    select *, {{ unique_key_fields(keys) }}
    from {{ target_relation }}
    where {{ snapshot_is_current() }}
  ),

  query_rows as (
    select *,
      {{ unique_key_fields(keys) }},
      {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
      {{ strategy.updated_at }} as {{ columns.dbt_valid_from }}
    from snapshot_query
  ),

  new_versions as (
    select *,
      {{ snapshot_valid_to_current(columns.dbt_valid_from) }} as {{ columns.dbt_valid_to }},
      {{ strategy.scd_id }} as {{ columns.dbt_scd_id }}
      {%- if new_record %},
      'False' as {{ columns.dbt_is_deleted }}
      {%- endif %}
    from query_rows
  )

  select 'insert' as dbt_change_type, source_data.*
  from new_versions as source_data
  left join snapshotted_data on {{ unique_key_join_on(keys, 'snapshotted_data', 'source_data') }}
  where {{ unique_key_is_null(keys, 'snapshotted_data') }} or {{ changed }}

  union all

  select
    'update' as dbt_change_type,
    source_data.*,
    source_data.{{ columns.dbt_updated_at }} as {{ columns.dbt_valid_to }},
    snapshotted_data.{{ columns.dbt_scd_id }}
    {%- if new_record %},
    snapshotted_data.{{ columns.dbt_is_deleted }}
    {%- endif %}
  from query_rows as source_data
  join snapshotted_data on {{ unique_key_join_on(keys, 'snapshotted_data', 'source_data') }}
  where {{ changed }}

  {%- if strategy.hard_deletes in ['invalidate', 'new_record'] %}

  union all

  select
    'delete' as dbt_change_type,
    source_data.*,
    {{ snapshot_get_time() }} as {{ columns.dbt_valid_to }},
    snapshotted_data.{{ columns.dbt_scd_id }}
    {%- if new_record %},
    snapshotted_data.{{ columns.dbt_is_deleted }}
    {%- endif %}
  from snapshotted_data
  left join query_rows as source_data on {{ unique_key_join_on(keys, 'snapshotted_data', 'source_data') }}
  where {{ snapshot_is_gone(strategy) }}
  {%- endif %}

  {%- if new_record %}

  union all

  {{ snapshot_deletion_records(strategy, source_sql, target_relation) }}
  {%- endif %}
{%- endmacro %}

{# Of a stored version joined with the query: its row is gone, and is not known to be. #}
{% macro snapshot_is_gone(strategy) -%}
  {{ unique_key_is_null(strategy.unique_key, 'source_data') }}
  {%- if strategy.hard_deletes == 'new_record' %}
    and not (snapshotted_data.{{ snapshot_column_names().dbt_is_deleted }} = 'True')
  {%- endif %}
{%- endmacro %}

{# A version for each row that is gone, with its last values: it says from when the row was missing. #}
{% macro snapshot_deletion_records(strategy, source_sql, target_relation) -%}
  {% set columns = snapshot_column_names() %}
  {%- set stored = adapter.get_columns_in_relation(target_relation) | map(attribute='name') | map('lower') | list -%}
  select
    'insert' as dbt_change_type,
    {%- for name in get_columns_in_query(source_sql) %}
    {{ ('snapshotted_data.' ~ adapter.quote(name)) if name | lower in stored else 'null' }} as {{ adapter.quote(name) }},
    {%- endfor %}
    {%- for name in snapshot_key_columns(strategy.unique_key) %}
    snapshotted_data.{{ name }},
    {%- endfor %}
    {{ snapshot_get_time() }} as {{ columns.dbt_updated_at }},
    {{ snapshot_get_time() }} as {{ columns.dbt_valid_from }},
    {{ snapshot_valid_to_current('snapshotted_data.' ~ columns.dbt_valid_from) }} as {{ columns.dbt_valid_to }},
    {{ snapshot_hash_arguments(['snapshotted_data.' ~ columns.dbt_scd_id, snapshot_get_time()]) }} as {{ columns.dbt_scd_id }},
    'True' as {{ columns.dbt_is_deleted }}
  from snapshotted_data
  left join query_rows as source_data on {{ unique_key_join_on(strategy.unique_key, 'snapshotted_data', 'source_data') }}
  where {{ snapshot_is_gone(strategy) }}
{%- endmacro %}

{# Puts the differences into a temporary table, for materializations of projects. #}
{% macro build_snapshot_staging_table(strategy, sql, target_relation) %}
  {% set staging = make_temp_relation(target_relation) %}
  {% call statement('build_snapshot_staging_relation') %}
    {{ create_table_as(true, staging, snapshot_staging_table(strategy, sql, target_relation)) }}
  {% endcall %}
  {% do return(staging) %}
{% endmacro %}

{# Afterwards: nothing, unless an engine or a project has something to tidy. #}
{% macro post_snapshot(staging_relation) %}
  {% do return(adapter.dispatch('post_snapshot', 'dbt')(staging_relation)) %}
{% endmacro %}

{% macro default__post_snapshot(staging_relation) %}
{% endmacro %}
