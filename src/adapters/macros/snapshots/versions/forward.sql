{# Versions that follow those which the table has. What is older than a key's current version is left out: it is late. #}

{# Observations that are not known yet, beside the current version of their key and the end of its last one. #}
{% macro snapshot_placed(facts) -%}
  matched as (
    select
      observed.*,
      current_versions.dbt_begins,
      coalesce(current_versions.dbt_was_gone, false) as dbt_was_gone,
      current_versions.dbt_present is not null as dbt_known
    from observed
    left join current_versions on {{ snapshot_same_key('observed', 'current_versions') }}
    where current_versions.dbt_present is null
      or (current_versions.dbt_was_gone and not observed.dbt_gone)
      or (
        not observed.dbt_untimed
        and not exists (
          select 1
          from current_versions same
          where {{ snapshot_same_key('same', 'observed') }} and same.dbt_begins = observed.dbt_seen
        )
        {%- if config.get('strategy') == 'check' %}
        and (observed.dbt_gone or {{ snapshot_differs(facts, 'observed', 'current_versions') }})
        {%- endif %}
      )
  ),

  unknown as (
    select distinct {{ snapshot_key_list() }} from matched where not dbt_known
  ),

  closed_versions as (
    select * from all_versions where dbt_ends is not null
  ),

  ended as (
    select {{ snapshot_key_list('unknown') }}, max(closed_versions.dbt_ends) as dbt_ended
    from closed_versions
    join unknown on {{ snapshot_same_key('closed_versions', 'unknown') }}
    group by {{ snapshot_key_list('unknown') }}
  ),

  {# When the key was last deleted, if it is now, and its newest observation. #}
  deleted as (
    select
      matched.*,
      case when matched.dbt_was_gone then matched.dbt_begins else ended.dbt_ended end as dbt_deleted_at,
      max(matched.dbt_seen) over (partition by {{ snapshot_key_list('matched') }}) as dbt_newest
    from matched
    left join ended on {{ snapshot_same_key('matched', 'ended') }}
  ),

  {# A row that is there again holds from the run's clock, unless it says that it has changed since. #}
  returned as (
    select
      deleted.*,
      {% if facts.full -%}
      dbt_deleted_at is not null and dbt_seen = dbt_newest and dbt_seen < dbt_deleted_at and dbt_deleted_at < {{ snapshot_clock(facts) }}
      {%- else %}false{% endif %} as dbt_returns
    from deleted
  ),

  placed as (
    select
      returned.*,
      case when dbt_returns then {{ snapshot_clock(facts) }} else dbt_seen end as dbt_from,
      case
        when dbt_known and not dbt_was_gone then dbt_begins is null or dbt_seen > dbt_begins
        when dbt_deleted_at is null or dbt_returns then true
        {%- if facts.full %}
        else dbt_seen > dbt_deleted_at or (dbt_seen = dbt_deleted_at and not dbt_was_gone)
        {%- else %}
        else not dbt_untimed and dbt_seen > dbt_deleted_at
        {%- endif %}
      end as dbt_usable
    from returned
  )
{%- endmacro %}

{# Current versions and what follows them, in order. Equal neighbours are one version where columns are tracked. #}
{% macro snapshot_kept(facts) -%}
  {% set fields %}
      {%- for column in facts.columns if column.batch %}{{ column.quoted }}, {% endfor %}{{ snapshot_key_list() }}
  {%- endset -%}
  touched as (
    select distinct {{ snapshot_key_list() }} from placed where dbt_usable
  ),

  timeline as (
    select {{ fields }}, dbt_seen, dbt_from, dbt_gone, false as dbt_stored, null as dbt_version, dbt_position
    from placed
    where dbt_usable
    union all
    select
      {% for column in facts.columns if column.batch %}current_versions.{{ column.quoted }}, {% endfor -%}
      {{ snapshot_key_list('current_versions') }},
      dbt_begins, dbt_begins, dbt_was_gone, true, dbt_version, null
    from current_versions
    join touched on {{ snapshot_same_key('current_versions', 'touched') }}
  ),

  {# Written out each time: not every engine can name a window. -#}
  {% set neighbours = '(partition by ' ~ snapshot_key_list() ~ ' order by case when dbt_stored then 0 else 1 end, dbt_from)' -%}
  compared as (
    select
      timeline.*,
      case
        when dbt_stored then true
        when dbt_gone then coalesce(not lag(dbt_gone) over {{ neighbours }}, false)
        when coalesce(lag(dbt_gone) over {{ neighbours }}, true) then true
        else
          {%- if config.get('check_cols') %}
          {% for column in facts.columns if column.batch and column.tracked -%}
          {{ column.quoted }} is distinct from lag({{ column.quoted }}) over {{ neighbours }}{{ ' or ' if not loop.last }}
          {%- else -%}
          false
          {%- endfor %}
          {%- else %} true
          {%- endif %}
      end as dbt_changed
    from timeline
  ),

  kept as (
    select
      compared.*,
      lead(dbt_from) over {{ neighbours }} as dbt_until,
      lead(dbt_gone) over {{ neighbours }} as dbt_gone_then
    from compared
    where dbt_changed
  )
{%- endmacro %}

{# Observations that came too late and say something that the table does not. #}
{% macro snapshot_late(facts) -%}
  late as (
    select placed.*
    from placed
    where not dbt_usable
      and not dbt_gone
      and not dbt_untimed
      and not exists (
        select 1
        from closed_versions
        where {{ snapshot_same_key('closed_versions', 'placed') }}
          and (closed_versions.dbt_begins is null or closed_versions.dbt_begins <= placed.dbt_seen)
          and placed.dbt_seen < closed_versions.dbt_ends
          and (
            closed_versions.dbt_begins = placed.dbt_seen
            {%- if config.get('check_cols') %}
            or not {{ snapshot_differs(facts, 'closed_versions', 'placed') }}
            {%- endif %}
          )
      )
    union all
    select placed.*
    from placed
    where not dbt_usable
      and dbt_gone
      and exists (
        select 1
        from closed_versions
        where {{ snapshot_same_key('closed_versions', 'placed') }}
          and (closed_versions.dbt_begins is null or closed_versions.dbt_begins < placed.dbt_seen)
          and placed.dbt_seen < closed_versions.dbt_ends
      )
  )
{%- endmacro %}
