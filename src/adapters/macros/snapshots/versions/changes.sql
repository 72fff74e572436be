{# What a batch changes in a snapshot's table, and what is wrong with it. `dbt_change_type` says what each row is:

     insert     a new version, from dbt_from until dbt_until
     update     ends the version dbt_version, which began at dbt_from, at dbt_until, because another follows
     delete     the same, because the row was deleted
     merge      names, by dbt_version, a version that is none: it goes on with what was before it
     remember   an observation that no version shows, for where a later one may come to lie before it
     recall     one that a version shows now
     overwrite  the newest values of a key, for columns that keep no history (type1_cols)
     fill       the values of a key's current version, for columns that are new
     duplicate, conflict, late
                rows that cannot be recorded #}
{% macro snapshot_changes(facts, news, target, unrecorded=none) -%}
  {% set restitch = config.get('late_arriving') == 'restitch' %}
  {%- set overwrites = facts.columns | selectattr('type1') | list %}
  {%- set fills = facts.columns | selectattr('filled') | list -%}
  with observed as (
    select *
    from (
      select news.*, row_number() over (partition by dbt_position order by dbt_position) as dbt_copy
      from {{ news }} as news
      where dbt_present
    ) copies
    where dbt_copy = 1
  ),

  duplicates as (
    select {{ snapshot_key_list() }}, min(dbt_seen) as dbt_seen
    from observed
    group by {{ snapshot_key_list() }}{{ ', dbt_seen' if config.get('strategy') != 'check' }}
    having count(*) > 1
  ),

  mentioned as (
    select distinct {{ snapshot_key_list() }} from {{ news }} as news
  ),

  all_versions as (
    select stored_versions.*
    from (
      {{ snapshot_stored(facts, target, none) | indent(6) }}
    ) stored_versions
    join mentioned on {{ snapshot_same_key('stored_versions', 'mentioned') }}
  ),

  current_versions as (
    select * from all_versions where dbt_ends is null
  ),

  {%- if facts.full %}

  {{ snapshot_missing(facts, news, unrecorded) }},
  {%- endif %}

  {% if restitch -%}
  {{ snapshot_restitched(facts, unrecorded) }},
  {%- else -%}
  {{ snapshot_placed(facts) }},

  {{ snapshot_kept(facts) }},

  {{ snapshot_late(facts) }},
  {%- endif %}

  {% if overwrites -%}
  {{ snapshot_newest(facts, restitch) }},

  {% endif -%}
  conflicts as (
    {%- if restitch %}
    select {{ snapshot_key_list() }}, min(dbt_from) as dbt_from
    from timeline
    group by {{ snapshot_key_list() }}, dbt_from
    having count(*) > 1
    {%- else %}
    select {{ snapshot_key_list('current_versions') }}, min(current_versions.dbt_begins) as dbt_from
    from current_versions
    where exists (select 1 from kept where not kept.dbt_stored and {{ snapshot_same_key('kept', 'current_versions') }})
    group by {{ snapshot_key_list('current_versions') }}
    having count(*) > 1
    {%- endif %}
  )

  {# The first branch gives the types. #}
  select 'insert' as dbt_change_type, {{ snapshot_values(facts, 'kept') }},
    {{ snapshot_version_id('kept') }} as dbt_version,
    kept.dbt_seen, kept.dbt_from, kept.dbt_until, kept.dbt_gone, kept.dbt_position
  from kept
  where not dbt_stored{% if not snapshot_records_deletes() %} and not dbt_gone{% endif %}

  union all
  select case when dbt_gone_then then 'delete' else 'update' end, {{ snapshot_values(facts, 'kept') }},
    kept.dbt_version, kept.dbt_seen, kept.dbt_from, kept.dbt_until, kept.dbt_gone, null
  from kept
  where dbt_version is not null
  {%- if restitch %} and dbt_until is distinct from dbt_ends{% else %} and dbt_until is not null{% endif %}

  {%- if restitch %}
  union all
  select 'merge', {{ snapshot_values(facts, 'compared') }},
    compared.dbt_version, compared.dbt_seen, compared.dbt_from, cast(null as {{ facts.time_type }}), compared.dbt_gone, null
  from compared
  where dbt_version is not null and not dbt_changed
  {%- endif %}

  {%- if unrecorded %}
  union all
  select case when dbt_changed then 'recall' else 'remember' end, {{ snapshot_values(facts, 'compared') }},
    null, compared.dbt_seen, compared.dbt_from, cast(null as {{ facts.time_type }}), compared.dbt_gone, null
  from compared
  where dbt_changed = dbt_unrecorded
  {%- endif %}

  {%- if facts.full and not restitch %}
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

  {%- if fills %}
  union all
  {{ snapshot_fills(facts) }}
  {%- endif %}

  union all
  select 'duplicate', {{ snapshot_nulls(facts) }}, {{ snapshot_key_list('duplicates') }},
    null, dbt_seen, dbt_seen, cast(null as {{ facts.time_type }}), false, null
  from duplicates

  union all
  select 'conflict', {{ snapshot_nulls(facts) }}, {{ snapshot_key_list('conflicts') }},
    null, dbt_from, dbt_from, cast(null as {{ facts.time_type }}), false, null
  from conflicts

  {%- if not restitch %}
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
{% macro snapshot_version_id(relation_name, begins='dbt_from') -%}
  {% set parts = [] %}
  {%- for key in snapshot_keys() %}{% do parts.append(relation_name ~ '.' ~ key) %}{% endfor %}
  {{- snapshot_hash_arguments(parts + [relation_name ~ '.' ~ begins]) }}
{%- endmacro %}

{# The newest observation of each key, whatever batch it came in: versions that are put between others take its values.
   A batch that shows everything is the newest. #}
{% macro snapshot_newest(facts, restitch) -%}
  {% if restitch and not facts.full -%}
  newest as (
    select *
    from (
      select seen.*, row_number() over (partition by {{ snapshot_key_list() }} order by dbt_seen desc, dbt_new desc) as dbt_rank
      from (
        select {{ snapshot_values(facts, 'observed') }}, dbt_seen, 1 as dbt_new from observed where not dbt_gone
        union all
        select {{ snapshot_values(facts, 'known') }}, dbt_seen, 0 from known where not dbt_gone
      ) seen
    ) ranked
    where dbt_rank = 1
  )
  {%- else -%}
  known_until as (
    select {{ snapshot_key_list() }}, max(dbt_begins) as dbt_last from all_versions group by {{ snapshot_key_list() }}
  ),

  ranked as (
    select observed.*, row_number() over (partition by {{ snapshot_key_list() }} order by dbt_seen desc) as dbt_rank
    from observed
    where not dbt_gone
  ),

  newest as (
    select ranked.*
    from ranked
    left join known_until on {{ snapshot_same_key('ranked', 'known_until') }}
    where ranked.dbt_rank = 1
      {%- if not facts.full %}
      and (known_until.dbt_last is null or ranked.dbt_untimed or ranked.dbt_seen >= known_until.dbt_last)
      {%- endif %}
  )
  {%- endif %}
{%- endmacro %}

{# Observations that show a current version as it still is. #}
{% macro snapshot_fills(facts) -%}
  select 'fill', {{ snapshot_values(facts, 'filling') }},
    dbt_version, dbt_seen, dbt_begins, cast(null as {{ facts.time_type }}), false, null
  from (
    select
      observed.*,
      versions.dbt_version,
      versions.dbt_begins,
      row_number() over (partition by {{ snapshot_key_list('observed') }} order by observed.dbt_seen desc) as dbt_rank
    from observed
    join current_versions versions on {{ snapshot_same_key('observed', 'versions') }}
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
