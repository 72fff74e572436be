{# Versions wherever their time belongs: the whole history of the batch's keys as events, old and new ones, in order. #}

{% macro snapshot_restitched(facts, target) -%}
  {% set fields %}
      {%- for column in facts.columns if column.batch %}{{ column.quoted }}, {% endfor %}{{ snapshot_key_list() }}
  {%- endset -%}
  touched as (
    select distinct {{ snapshot_key_list() }} from observed
  ),

  {%- if facts.exists %}

  all_versions as (
    {{ snapshot_stored(facts, target, none) | indent(4) }}
  ),

  history as (
    select
      all_versions.*,
      lead(dbt_begins) over (partition by {{ snapshot_key_list('all_versions') }} order by dbt_begins) as dbt_next
    from all_versions
    join touched on {{ snapshot_same_key('all_versions', 'touched') }}
  ),
  {%- endif %}

  {# Everything that is known of a key at a time. A version that ends before the next begins tells of a deletion. #}
  timeline as (
    {%- if facts.exists %}
    select {{ fields }}, dbt_begins as dbt_seen, dbt_begins as dbt_from, dbt_was_gone as dbt_gone, true as dbt_stored, dbt_version, dbt_ends, cast(null as bigint) as dbt_position
    from history
    union all
    select {{ fields }}, dbt_ends, dbt_ends, true, true, null, null, null
    from history
    where dbt_ends is not null and (dbt_next is null or dbt_ends < dbt_next)
    union all
    {%- endif %}
    select
      {% for column in facts.columns if column.batch %}observed.{{ column.quoted }}, {% endfor -%}
      {{ snapshot_key_list('observed') }},
      observed.dbt_seen{{ ' as dbt_seen' if not facts.exists }},
      observed.dbt_seen{{ ' as dbt_from' if not facts.exists }},
      observed.dbt_gone{{ ' as dbt_gone' if not facts.exists }},
      false{{ ' as dbt_stored' if not facts.exists }},
      null{{ ' as dbt_version' if not facts.exists }},
      null{{ ' as dbt_ends' if not facts.exists }},
      observed.dbt_position
    from observed
    {%- if facts.exists %}
    where not exists (
      select 1
      from history
      where {{ snapshot_same_key('history', 'observed') }}
        and (
          observed.dbt_untimed
          or history.dbt_begins = observed.dbt_seen
          or (history.dbt_ends = observed.dbt_seen and (history.dbt_next is null or history.dbt_ends < history.dbt_next))
        )
    )
    {%- endif %}
  ),

  kept as (
    select
      timeline.*,
      lead(dbt_from) over neighbours as dbt_until,
      lead(dbt_gone) over neighbours as dbt_gone_then
    from timeline
    window neighbours as (partition by {{ snapshot_key_list() }} order by dbt_from)
  )
{%- endmacro %}
