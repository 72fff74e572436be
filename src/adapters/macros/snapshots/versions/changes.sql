{# What a batch changes in a snapshot's table, and what is wrong with it. `dbt_change_type` says what each row is:

     insert     a new version, from dbt_from until dbt_until
     update     ends the version dbt_version, which began at dbt_from, at dbt_until, because another follows
     delete     the same, because the row was deleted
     overwrite  the newest values of a key, for columns that keep no history (type1_cols)
     fill       the values of a key's current version, for columns that are new
     duplicate, null_key, conflict, late
                rows that cannot be recorded #}
{% macro snapshot_changes(facts, batch, target=none) -%}
  {% set restitch = config.get('late_arriving') == 'restitch' %}
  {%- set overwrites = facts.columns | selectattr('type1') | list %}
  {%- set fills = facts.columns | selectattr('filled') | list -%}
  with observed as (
    {{ snapshot_observed(facts, batch) | indent(4) }}
  ),

  duplicates as (
    select {{ snapshot_key_list() }}, min(dbt_seen) as dbt_seen
    from observed
    group by {{ snapshot_key_list() }}{{ ', dbt_seen' if config.get('strategy') != 'check' }}
    having count(*) > 1
  ),

  {% if restitch -%}
  {{ snapshot_restitched(facts, target) }},
  {%- elif facts.exists -%}
  {{ snapshot_placed(facts, target) }},

  {{ snapshot_kept(facts) }},

  {{ snapshot_late(facts) }},
  {%- else -%}
  placed as (
    select observed.*, dbt_seen as dbt_from, true as dbt_usable from observed
  ),

  {{ snapshot_kept(facts) }},
  {%- endif %}
  {%- if facts.exists and facts.full %}

  {{ snapshot_missing(facts) }},
  {%- endif %}

  {% if overwrites -%}
  {{ snapshot_newest(facts, target) }},

  {% endif -%}
  conflicts as (
    select {{ snapshot_key_list() }}, min(dbt_from) as dbt_from
    from kept
    where not dbt_stored
    group by {{ snapshot_key_list() }}, dbt_from
    having count(*) > 1
  )

  {# The first branch gives the types. #}
  select 'insert' as dbt_change_type, {{ snapshot_values(facts, 'kept') }},
    {{ snapshot_version_id('kept') }} as dbt_version,
    kept.dbt_seen, kept.dbt_from, kept.dbt_until, kept.dbt_gone, kept.dbt_position
  from kept
  where not dbt_stored{% if not snapshot_records_deletes() %} and not dbt_gone{% endif %}

  {%- if facts.exists %}
  union all
  select case when dbt_gone_then then 'delete' else 'update' end, {{ snapshot_values(facts, 'kept') }},
    kept.dbt_version, kept.dbt_seen, kept.dbt_from, kept.dbt_until, kept.dbt_gone, null
  from kept
  where dbt_stored and dbt_version is not null and dbt_until is not null
  {%- if restitch %} and dbt_until is distinct from dbt_ends{% endif %}
  {%- endif %}

  {%- if facts.exists and facts.full %}
  union all
  select 'delete', {{ snapshot_values(facts, 'missing') }},
    missing.dbt_version, missing.dbt_begins, missing.dbt_begins, missing.dbt_from, true, null
  from missing
  {%- if snapshot_records_deletes() %}
  union all
  select 'insert', {{ snapshot_values(facts, 'missing') }},
    {{ snapshot_version_id('missing') }},
    missing.dbt_from, missing.dbt_from, cast(null as {{ facts.time_type }}), true, null
  from missing
  {%- endif %}
  {%- endif %}

  {%- if overwrites %}
  union all
  select 'overwrite', {{ snapshot_values(facts, 'newest') }},
    null, newest.dbt_seen, newest.dbt_seen, cast(null as {{ facts.time_type }}), false, null
  from newest
  {%- endif %}

  {%- if fills and facts.exists %}
  union all
  {{ snapshot_fills(facts, restitch) }}
  {%- endif %}

  union all
  select 'duplicate', {{ snapshot_nulls(facts) }}, {{ snapshot_key_list('duplicates') }},
    null, dbt_seen, dbt_seen, cast(null as {{ facts.time_type }}), false, null
  from duplicates

  union all
  select 'null_key', {{ snapshot_values(facts, 'observed') }},
    null, dbt_seen, dbt_seen, cast(null as {{ facts.time_type }}), false, null
  from observed
  where {% for key in snapshot_keys() %}{{ key }} is null{{ ' and ' if not loop.last }}{% endfor %}

  {%- if facts.exists %}
  union all
  select 'conflict', {{ snapshot_nulls(facts) }}, {{ snapshot_key_list('conflicts') }},
    null, dbt_from, dbt_from, cast(null as {{ facts.time_type }}), false, null
  from conflicts
  {%- endif %}

  {%- if facts.exists and not restitch %}
  union all
  select 'late', {{ snapshot_values(facts, 'late') }},
    null, dbt_seen, dbt_from, cast(null as {{ facts.time_type }}), dbt_gone, null
  from late
  {%- endif %}
{%- endmacro %}

{# The columns of the batch and of the key. #}
{% macro snapshot_values(facts, relation_name) -%}
  {% for column in facts.columns if column.batch %}{{ relation_name }}.{{ column.quoted }}, {% endfor %}{{ snapshot_key_list(relation_name) }}
{%- endmacro %}

{% macro snapshot_nulls(facts) -%}
  {% for column in facts.columns if column.batch %}cast(null as {{ column.type }}){{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# A version is named by its key and when it begins. #}
{% macro snapshot_version_id(relation_name) -%}
  {% set parts = [] %}
  {%- for key in snapshot_keys() %}{% do parts.append(relation_name ~ '.' ~ key) %}{% endfor %}
  {{- snapshot_hash_arguments(parts + [relation_name ~ '.dbt_from']) }}
{%- endmacro %}

{# The newest observation of each key, unless the table has a newer one. A batch that shows everything is the newest. #}
{% macro snapshot_newest(facts, target) -%}
  {%- if facts.exists %}
  recorded as (
    {{ snapshot_stored(facts, target, none) | indent(4) }}
  ),

  recorded_until as (
    select {{ snapshot_key_list() }}, max(dbt_begins) as dbt_last from recorded group by {{ snapshot_key_list() }}
  ),

  {% endif %}
  ranked as (
    select observed.*, row_number() over (partition by {{ snapshot_key_list() }} order by dbt_seen desc) as dbt_rank
    from observed
    where not dbt_gone
  ),

  newest as (
    select ranked.*
    from ranked
    {%- if facts.exists %}
    left join recorded_until on {{ snapshot_same_key('ranked', 'recorded_until') }}
    where ranked.dbt_rank = 1
      {%- if not facts.full %}
      and (recorded_until.dbt_last is null or ranked.dbt_untimed or ranked.dbt_seen >= recorded_until.dbt_last)
      {%- endif %}
    {%- else %}
    where ranked.dbt_rank = 1
    {%- endif %}
  )
{%- endmacro %}

{# Observations that show a current version as it still is. #}
{% macro snapshot_fills(facts, restitch) -%}
  select 'fill', {{ snapshot_values(facts, 'filling') }},
    dbt_version, dbt_seen, dbt_begins, cast(null as {{ facts.time_type }}), false, null
  from (
    select
      observed.*,
      versions.dbt_version,
      versions.dbt_begins,
      row_number() over (partition by {{ snapshot_key_list('observed') }} order by observed.dbt_seen desc) as dbt_rank
    from observed
    join {{ 'all_versions' if restitch else 'current_versions' }} versions on {{ snapshot_same_key('observed', 'versions') }}
    where versions.dbt_ends is null
      and not versions.dbt_was_gone
      and not observed.dbt_gone
      and (
        observed.dbt_untimed
        or observed.dbt_seen = versions.dbt_begins
        {%- if config.get('check_cols') %}
        or (observed.dbt_seen > versions.dbt_begins and not {{ snapshot_differs(facts, 'observed', 'versions') }})
        {%- endif %}
      )
      and not exists (
        select 1
        from kept
        where {{ snapshot_same_key('kept', 'observed') }}
          and not kept.dbt_stored
          and (versions.dbt_begins is null or kept.dbt_from > versions.dbt_begins)
          and kept.dbt_from <= observed.dbt_seen
      )
  ) filling
  where dbt_rank = 1
{%- endmacro %}
