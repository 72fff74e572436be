{# The first batch of a snapshot: each row is the current version of its key. What is more than that is looked at
   afterwards, as a batch of its own. #}

{% macro snapshot_first_versions(facts, sql) -%}
  {% set columns = snapshot_column_names() -%}
  {%- set current = config.get('dbt_valid_to_current') -%}
  select
    {%- for column in facts.columns if column.batch %}
    {{ column.quoted }},
    {%- endfor %}
    {{ snapshot_version_id('observed', 'sqlbuild_seen') }} as {{ columns.dbt_scd_id }},
    sqlbuild_seen as {{ columns.dbt_updated_at }},
    sqlbuild_seen as {{ columns.dbt_valid_from }},
    cast({{ current or 'null' }} as {{ facts.time_type }}) as {{ columns.dbt_valid_to }}
    {%- if snapshot_records_deletes() %},
    'False' as {{ columns.dbt_is_deleted }}
    {%- endif %}
  from (
    {{ snapshot_arrived(facts, '(\n' ~ sql ~ '\n) as dbt_query') | indent(4) }}
  ) observed
{%- endmacro %}

{# The rows of keys that are more than one current version: they have several rows, or one that tells of a deletion. #}
{% macro snapshot_first_chains(facts, target) -%}
  select
    {%- for column in facts.columns if column.batch %}
    {{ column.quoted }}{{ ',' if not loop.last }}
    {%- endfor %}
  from {{ target }} as recorded
  where {{ snapshot_has_chain(facts, target) }}
{%- endmacro %}

{% macro snapshot_forget_chains(facts, target) -%}
  delete from {{ target }} as recorded
  where {{ snapshot_has_chain(facts, target) }}
{%- endmacro %}

{% macro snapshot_has_chain(facts, target) -%}
  {% set of_change = [] -%}
  {%- for name in snapshot_keys() %}{% do of_change.append('change.' ~ name) %}{% endfor -%}
  exists (
    select 1
    from (
      select {{ snapshot_key_list() }}
      from (
        {{ snapshot_arrived(facts, target) | indent(8) }}
      ) arrived
      group by {{ snapshot_key_list() }}
      having count(*) > 1 or count(case when sqlbuild_gone then 1 end) > 0
    ) change
    where {{ snapshot_key_equals(facts, snapshot_keys().values() | list, of_change) }}
  )
{%- endmacro %}
