{# Versions that follow those which the table has. What is older than a key's current version is left out: it is late. #}

{# Observations that are not known yet, beside the current version of their key and the end of its last one. #}
{% macro snapshot_placed(facts) -%}
  matched as (
    select
      observed.*,
      current_versions.sqlbuild_begins,
      coalesce(current_versions.sqlbuild_was_gone, false) as sqlbuild_was_gone,
      current_versions.sqlbuild_present is not null as sqlbuild_known
    from observed
    left join current_versions on {{ snapshot_same_key(facts, 'observed', 'current_versions') }}
    where current_versions.sqlbuild_present is null
      or (current_versions.sqlbuild_was_gone and not observed.sqlbuild_gone)
      or (
        not observed.sqlbuild_untimed
        and not exists (
          select 1
          from current_versions same
          where {{ snapshot_same_key(facts, 'same', 'observed') }} and same.sqlbuild_begins = observed.sqlbuild_seen
        )
        {%- if config.get('strategy') == 'check' %}
        and (observed.sqlbuild_gone or {{ snapshot_differs(facts, 'observed', 'current_versions') }})
        {%- endif %}
      )
  ),

  unknown as (
    select distinct {{ snapshot_key_list() }} from matched where not sqlbuild_known
  ),

  closed_versions as (
    select * from all_versions where sqlbuild_ends is not null
  ),

  ended as (
    select {{ snapshot_key_list('unknown') }}, max(closed_versions.sqlbuild_ends) as sqlbuild_ended
    from closed_versions
    join unknown on {{ snapshot_same_key(facts, 'closed_versions', 'unknown') }}
    group by {{ snapshot_key_list('unknown') }}
  ),

  {# When the key was last deleted, if it is now, and its newest observation. #}
  deleted as (
    select
      matched.*,
      case when matched.sqlbuild_was_gone then matched.sqlbuild_begins else ended.sqlbuild_ended end as sqlbuild_deleted_at,
      {% if facts.repeats %}max(matched.sqlbuild_seen) over (partition by {{ snapshot_key_list('matched') }}){% else %}matched.sqlbuild_seen{% endif %} as sqlbuild_newest
    from matched
    left join ended on {{ snapshot_same_key(facts, 'matched', 'ended') }}
  ),

  {# A row that is there again holds from the run's clock, unless it says that it has changed since. #}
  returned as (
    select
      deleted.*,
      {% if facts.full -%}
      sqlbuild_deleted_at is not null and sqlbuild_seen = sqlbuild_newest and sqlbuild_seen < sqlbuild_deleted_at and sqlbuild_deleted_at < {{ snapshot_clock(facts) }}
      {%- else %}false{% endif %} as sqlbuild_returns
    from deleted
  ),

  placed as (
    select
      returned.*,
      case when sqlbuild_returns then {{ snapshot_clock(facts) }} else sqlbuild_seen end as sqlbuild_from,
      case
        when sqlbuild_known and not sqlbuild_was_gone then sqlbuild_begins is null or sqlbuild_seen > sqlbuild_begins
        when sqlbuild_deleted_at is null or sqlbuild_returns then true
        {%- if facts.full %}
        else sqlbuild_seen > sqlbuild_deleted_at or (sqlbuild_seen = sqlbuild_deleted_at and not sqlbuild_was_gone)
        {%- else %}
        else not sqlbuild_untimed and sqlbuild_seen > sqlbuild_deleted_at
        {%- endif %}
      end as sqlbuild_usable
    from returned
  )
{%- endmacro %}

{# Current versions and what follows them, in order. Equal neighbours are one version where columns are tracked. #}
{% macro snapshot_kept(facts) -%}
  {% set fields %}
      {%- for column in facts.columns if column.batch %}{{ column.quoted }}, {% endfor %}{{ snapshot_key_list() }}
  {%- endset -%}
  touched as (
    select distinct {{ snapshot_key_list() }} from placed where sqlbuild_usable
  ),

  timeline as (
    select {{ fields }}, sqlbuild_seen, sqlbuild_from, sqlbuild_gone, false as sqlbuild_stored, sqlbuild_position
    from placed
    where sqlbuild_usable
    union all
    select
      {% for column in facts.columns if column.batch %}current_versions.{{ column.quoted }}, {% endfor -%}
      {{ snapshot_key_list('current_versions') }},
      sqlbuild_begins, sqlbuild_begins, sqlbuild_was_gone, true, null
    from current_versions
    join touched on {{ snapshot_same_key(facts, 'current_versions', 'touched') }}
  ),

  {# Written out each time: not every engine can name a window. -#}
  {% set neighbours = '(partition by ' ~ snapshot_key_list() ~ ' order by case when sqlbuild_stored then 0 else 1 end, sqlbuild_from)' -%}
  compared as (
    select
      timeline.*,
      case
        when sqlbuild_stored then true
        when sqlbuild_gone then coalesce(not lag(sqlbuild_gone) over {{ neighbours }}, false)
        when coalesce(lag(sqlbuild_gone) over {{ neighbours }}, true) then true
        else {{ snapshot_differs_from_before(facts, neighbours) }}
      end as sqlbuild_changed
    from timeline
  ),

  kept as (
    select
      compared.*,
      lead(sqlbuild_from) over {{ neighbours }} as sqlbuild_until,
      lead(sqlbuild_gone) over {{ neighbours }} as sqlbuild_gone_then
    from compared
    where sqlbuild_changed
  )
{%- endmacro %}

{# The same where no key has several rows: at most one version follows. #}
{% macro snapshot_followed(facts) -%}
  followers as (
    select placed.*
    from placed
    {%- if config.get('check_cols') %}
    left join current_versions on {{ snapshot_same_key(facts, 'placed', 'current_versions') }}
    {%- endif %}
    where placed.sqlbuild_usable
      and case
        when placed.sqlbuild_gone then placed.sqlbuild_known and not placed.sqlbuild_was_gone
        when not placed.sqlbuild_known or placed.sqlbuild_was_gone then true
        else {{ snapshot_differs(facts, 'placed', 'current_versions') if config.get('check_cols') else 'true' }}
      end
  ),

  kept as (
    select
      {{ snapshot_values(facts, 'followers') }},
      sqlbuild_seen, sqlbuild_from, sqlbuild_gone, false as sqlbuild_stored, sqlbuild_position,
      cast(null as {{ facts.time_type }}) as sqlbuild_until, cast(null as boolean) as sqlbuild_gone_then
    from followers
    union all
    select
      {{ snapshot_values(facts, 'current_versions') }},
      current_versions.sqlbuild_begins, current_versions.sqlbuild_begins, current_versions.sqlbuild_was_gone, true, null,
      followers.sqlbuild_from, followers.sqlbuild_gone
    from current_versions
    join followers on {{ snapshot_same_key(facts, 'current_versions', 'followers') }}
  )
{%- endmacro %}

{# Observations that came too late and say something that the table does not. #}
{% macro snapshot_late(facts) -%}
  late as (
    select placed.*
    from placed
    where not sqlbuild_usable
      and not sqlbuild_gone
      and not sqlbuild_untimed
      and not exists (
        select 1
        from closed_versions
        where {{ snapshot_same_key(facts, 'closed_versions', 'placed') }}
          and (closed_versions.sqlbuild_begins is null or closed_versions.sqlbuild_begins <= placed.sqlbuild_seen)
          and placed.sqlbuild_seen < closed_versions.sqlbuild_ends
          and (
            closed_versions.sqlbuild_begins = placed.sqlbuild_seen
            {%- if config.get('check_cols') %}
            or not {{ snapshot_differs(facts, 'closed_versions', 'placed') }}
            {%- endif %}
          )
      )
    union all
    select placed.*
    from placed
    where not sqlbuild_usable
      and sqlbuild_gone
      and exists (
        select 1
        from closed_versions
        where {{ snapshot_same_key(facts, 'closed_versions', 'placed') }}
          and (closed_versions.sqlbuild_begins is null or closed_versions.sqlbuild_begins < placed.sqlbuild_seen)
          and placed.sqlbuild_seen < closed_versions.sqlbuild_ends
      )
  )
{%- endmacro %}
