{# What dbt's queries would record, or leave out, without a word: rows that cannot be told apart (kind duplicate), rows
   without a key (null_key), and with the timestamp strategy rows that are older than their key's version (late). `rows`
   are those to be recorded: a staging table's, or those of a snapshot that was just built. `target` and `sql` find late
   rows. #}
{% macro snapshot_unsound(rows, sql=none, target=none) -%}
  {% set columns = snapshot_column_names() -%}
  select 'duplicate' as dbt_change_type, {{ snapshot_key_list() }}
  from (
    select {{ snapshot_key_fields() }}, {{ columns.dbt_valid_from }} as sqlbuild_seen
    from {{ rows }} as to_record
    {%- if target %}
    where dbt_change_type = 'insert'
    {%- endif %}
  ) recorded
  group by {{ snapshot_key_list() }}, sqlbuild_seen
  having count(*) > 1

  union all

  select 'null_key', {{ snapshot_key_list() }}
  from (
    select {{ snapshot_key_fields() }}
    from {{ rows }} as to_record
    {%- if target %}
    where dbt_change_type = 'insert'
    {%- endif %}
  ) recorded
  where {% for key in snapshot_keys() %}{{ key }} is null{{ ' and ' if not loop.last }}{% endfor %}

  {%- if target and config.get('strategy') == 'timestamp' %}

  union all

  select 'late', {{ snapshot_key_list('seen') }}
  from (
    select {{ snapshot_key_fields() }}, {{ config.get('updated_at') }} as sqlbuild_seen
    from (
      {{ sql }}
    ) dbt_query
  ) seen
  join (
    select {{ snapshot_key_fields() }}, {{ columns.dbt_valid_from }} as sqlbuild_begins
    from {{ target }} as recorded
    where {{ snapshot_is_current() }}
  ) versions on {{ snapshot_same_key(none, 'seen', 'versions') }}
  where seen.sqlbuild_seen < versions.sqlbuild_begins
  {%- endif %}
{%- endmacro %}

{% macro snapshot_key_fields() -%}
  {% for name, key in snapshot_keys().items() %}{{ key }} as {{ name }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}
