{# What a batch changes in a snapshot's table, and what is wrong with it: what is new in it, `news`, beside what the table
   has of these keys, `known`. `dbt_change_type` says what each row is:

     insert     a new version, from sqlbuild_from until sqlbuild_until
     update     ends the version that began at sqlbuild_from at sqlbuild_until, because another follows
     delete     the same, because the row was deleted
     merge      names, by sqlbuild_from, a version that is none: it goes on with what was before it
     remember   an observation that no version shows, for where a later one may come to lie before it
     recall     one that a version shows now
     overwrite  the newest values of a key, for columns that keep no history (type1_cols)
     fill       the values of a key's current version, for columns that are new
     duplicate, conflict, late
                rows that cannot be recorded #}
{% macro snapshot_changes(facts, news, known, unrecorded=none) -%}
  {% set restitch = config.get('late_arriving') == 'restitch' %}
  {%- set overwrites = facts.columns | selectattr('type1') | list %}
  {%- set fills = facts.columns | selectattr('filled') | list -%}
  {%- set is_version = "sqlbuild_origin = 'version'" if restitch else 'sqlbuild_stored' -%}
  with observed as (
    select *
    from (
      select news.*, row_number() over (partition by {{ 'sqlbuild_position' if facts.repeats else snapshot_key_list() }} order by sqlbuild_position) as sqlbuild_copy
      from {{ news }} as news
      where sqlbuild_present
    ) copies
    where sqlbuild_copy = 1
  ),

  {%- if facts.repeats %}

  duplicates as (
    select {{ snapshot_key_list() }}, min(sqlbuild_seen) as sqlbuild_seen
    from observed
    group by {{ snapshot_key_list() }}{{ ', sqlbuild_seen' if config.get('strategy') != 'check' }}
    having count(*) > 1
  ),
  {%- endif %}
  {%- if unrecorded %}

  mentioned as (
    select distinct {{ snapshot_key_list() }} from {{ news }} as news
  ),
  {%- endif %}

  all_versions as (
    select * from {{ known }}
  ),

  current_versions as (
    select * from all_versions where sqlbuild_ends is null
  ),

  {%- if facts.full %}

  {{ snapshot_missing(facts, news, unrecorded) }},
  {%- endif %}

  {% if restitch -%}
  {{ snapshot_restitched(facts, unrecorded) }},
  {%- else -%}
  {{ snapshot_placed(facts) }},

  {{ snapshot_kept(facts) if facts.repeats else snapshot_followed(facts) }},

  {{ snapshot_late(facts) }},
  {%- endif %}

  {% if overwrites -%}
  {{ snapshot_newest(facts, restitch) }},

  {% endif -%}
  conflicts as (
    {%- if restitch %}
    select {{ snapshot_key_list() }}, min(sqlbuild_from) as sqlbuild_from
    from timeline
    group by {{ snapshot_key_list() }}, sqlbuild_from
    having count(*) > 1
    {%- else %}
    select {{ snapshot_key_list('current_versions') }}, min(current_versions.sqlbuild_begins) as sqlbuild_from
    from current_versions
    where exists (select 1 from kept where not kept.sqlbuild_stored and {{ snapshot_same_key(facts, 'kept', 'current_versions') }})
    group by {{ snapshot_key_list('current_versions') }}
    having count(*) > 1
    {%- endif %}
  )

  {# The first branch gives the types. #}
  select 'insert' as dbt_change_type, {{ snapshot_values(facts, 'kept') }},
    {{ snapshot_version_id('kept') }} as sqlbuild_version,
    kept.sqlbuild_seen, kept.sqlbuild_from, kept.sqlbuild_until, kept.sqlbuild_gone, kept.sqlbuild_position
  from kept
  where not sqlbuild_stored{% if not snapshot_records_deletes() %} and not sqlbuild_gone{% endif %}

  union all
  select case when sqlbuild_gone_then then 'delete' else 'update' end, {{ snapshot_only_key(facts, 'kept') }},
    null, kept.sqlbuild_seen, kept.sqlbuild_from, kept.sqlbuild_until, kept.sqlbuild_gone, null
  from kept
  where {{ is_version }}
  {%- if restitch %} and sqlbuild_until is distinct from sqlbuild_ends{% else %} and sqlbuild_until is not null{% endif %}

  {%- if restitch %}
  union all
  select 'merge', {{ snapshot_only_key(facts, 'compared') }},
    null, compared.sqlbuild_seen, compared.sqlbuild_from, cast(null as {{ facts.time_type }}), compared.sqlbuild_gone, null
  from compared
  where {{ is_version }} and not sqlbuild_changed
  {%- endif %}

  {%- if unrecorded %}
  union all
  select case when sqlbuild_changed then 'recall' else 'remember' end, {{ snapshot_values(facts, 'compared') }},
    null, compared.sqlbuild_seen, compared.sqlbuild_from, cast(null as {{ facts.time_type }}), compared.sqlbuild_gone, null
  from compared
  where sqlbuild_changed = sqlbuild_unrecorded
  {%- endif %}

  {%- if facts.full and not restitch %}
  union all
  select 'delete', {{ snapshot_only_key(facts, 'missing') }},
    null, missing.sqlbuild_begins, missing.sqlbuild_begins, missing.sqlbuild_from, true, null
  from missing
  {%- if snapshot_records_deletes() %}
  union all
  select 'insert', {{ snapshot_values(facts, 'missing') }},
    {{ snapshot_version_id('missing') }},
    missing.sqlbuild_from, missing.sqlbuild_from, cast(null as {{ facts.time_type }}), true, null
  from missing
  {%- endif %}
  {%- endif %}

  {%- if overwrites %}
  union all
  select 'overwrite', {{ snapshot_values(facts, 'newest') }},
    null, newest.sqlbuild_seen, newest.sqlbuild_seen, cast(null as {{ facts.time_type }}), false, null
  from newest
  {%- endif %}

  {%- if fills %}
  union all
  {{ snapshot_fills(facts) }}
  {%- endif %}

  {%- if facts.repeats %}

  union all
  select 'duplicate', {{ snapshot_only_key(facts, 'duplicates') }},
    null, sqlbuild_seen, sqlbuild_seen, cast(null as {{ facts.time_type }}), false, null
  from duplicates
  {%- endif %}

  union all
  select 'conflict', {{ snapshot_only_key(facts, 'conflicts') }},
    null, sqlbuild_from, sqlbuild_from, cast(null as {{ facts.time_type }}), false, null
  from conflicts

  {%- if not restitch %}
  union all
  select 'late', {{ snapshot_only_key(facts, 'late') }},
    null, sqlbuild_seen, sqlbuild_from, cast(null as {{ facts.time_type }}), sqlbuild_gone, null
  from late
  {%- endif %}
{%- endmacro %}

{# The columns of the batch and of the key. #}
{% macro snapshot_values(facts, relation_name) -%}
  {% for column in facts.columns if column.batch %}{{ relation_name }}.{{ column.quoted }}, {% endfor %}{{ snapshot_key_list(relation_name) }}
{%- endmacro %}

{# The same where only the key is asked for. #}
{% macro snapshot_only_key(facts, relation_name) -%}
  {% for column in facts.columns if column.batch %}cast(null as {{ column.data_type }}), {% endfor %}{{ snapshot_key_list(relation_name) }}
{%- endmacro %}

{# A version is named by its key and when it begins. #}
{% macro snapshot_version_id(relation_name, begins='sqlbuild_from') -%}
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
      select seen.*, row_number() over (partition by {{ snapshot_key_list() }} order by sqlbuild_seen desc, sqlbuild_new desc) as sqlbuild_rank
      from (
        select {{ snapshot_values(facts, 'observed') }}, sqlbuild_seen, 1 as sqlbuild_new from observed where not sqlbuild_gone
        union all
        select {{ snapshot_values(facts, 'known') }}, sqlbuild_seen, 0 from known where not sqlbuild_gone
      ) seen
    ) ranked
    where sqlbuild_rank = 1
  )
  {%- else -%}
  known_until as (
    select {{ snapshot_key_list() }}, max(sqlbuild_begins) as sqlbuild_last from all_versions group by {{ snapshot_key_list() }}
  ),

  ranked as (
    select observed.*, row_number() over (partition by {{ snapshot_key_list() }} order by sqlbuild_seen desc) as sqlbuild_rank
    from observed
    where not sqlbuild_gone
  ),

  newest as (
    select ranked.*
    from ranked
    left join known_until on {{ snapshot_same_key(facts, 'ranked', 'known_until') }}
    where ranked.sqlbuild_rank = 1
      {%- if not facts.full %}
      and (known_until.sqlbuild_last is null or ranked.sqlbuild_untimed or ranked.sqlbuild_seen >= known_until.sqlbuild_last)
      {%- endif %}
  )
  {%- endif %}
{%- endmacro %}

{# Observations that show a current version as it still is. #}
{% macro snapshot_fills(facts) -%}
  select 'fill', {{ snapshot_values(facts, 'filling') }},
    null, sqlbuild_seen, sqlbuild_begins, cast(null as {{ facts.time_type }}), false, null
  from (
    select
      observed.*,
      versions.sqlbuild_begins,
      row_number() over (partition by {{ snapshot_key_list('observed') }} order by observed.sqlbuild_seen desc) as sqlbuild_rank
    from observed
    join current_versions versions on {{ snapshot_same_key(facts, 'observed', 'versions') }}
    where versions.sqlbuild_ends is null
      and not versions.sqlbuild_was_gone
      and not observed.sqlbuild_gone
      and (
        observed.sqlbuild_untimed
        or observed.sqlbuild_seen = versions.sqlbuild_begins
        {%- if config.get('check_cols') %}
        or (observed.sqlbuild_seen > versions.sqlbuild_begins and not {{ snapshot_differs(facts, 'observed', 'versions') }})
        {%- endif %}
      )
      and not exists (
        select 1
        from kept
        where {{ snapshot_same_key(facts, 'kept', 'observed') }}
          and not kept.sqlbuild_stored
          and (versions.sqlbuild_begins is null or kept.sqlbuild_from > versions.sqlbuild_begins)
          and kept.sqlbuild_from <= observed.sqlbuild_seen
      )
  ) filling
  where sqlbuild_rank = 1
{%- endmacro %}
