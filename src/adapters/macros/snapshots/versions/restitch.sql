{# Versions wherever their time belongs: all that is known of the batch's keys as events, old and new ones, in order.

   An event that makes no version, such as a row that repeats the one before it, is kept in a table beside the
   snapshot's, `unrecorded`: a late one may come to lie before it, and then it does make one. The table has the columns of
   the batch, dbt_seen and dbt_gone. Configs under which each observation is a version go without it. #}

{% macro snapshot_restitched(facts, unrecorded) -%}
  {% set fields %}
      {%- for column in facts.columns if column.batch %}{{ column.quoted }}, {% endfor %}{{ snapshot_key_list() }}
  {%- endset -%}
  history as (
    select
      all_versions.*,
      lead(dbt_begins) over (partition by {{ snapshot_key_list('all_versions') }} order by dbt_begins) as dbt_next
    from all_versions
  ),

  {# A version that ends before the next begins tells of a deletion. #}
  known as (
    select {{ fields }}, dbt_begins as dbt_seen, dbt_was_gone as dbt_gone, 'version' as dbt_origin, dbt_version, dbt_ends
    from history
    union all
    select {{ fields }}, dbt_ends, true, 'gap', null, null
    from history
    where dbt_ends is not null and (dbt_next is null or dbt_ends < dbt_next)
    {%- if unrecorded %}
    union all
    select
      {% for column in facts.columns if column.batch %}remembered.{{ column.quoted }}, {% endfor -%}
      {{ snapshot_key_list('remembered') }},
      remembered.dbt_seen, remembered.dbt_gone, 'unrecorded', null, null
    from (
      {{ snapshot_unrecorded(facts, unrecorded) | indent(6) }}
    ) remembered
    join mentioned on {{ snapshot_same_key('remembered', 'mentioned') }}
    {%- endif %}
  ),

  {%- if facts.full %}

  {{ snapshot_returning(facts) }},
  {%- endif %}

  timeline as (
    select {{ fields }}, dbt_seen, dbt_seen as dbt_from, dbt_gone, dbt_origin, dbt_version, dbt_ends, cast(null as bigint) as dbt_position
    from known
    union all
    select
      {% for column in facts.columns if column.batch %}observed.{{ column.quoted }}, {% endfor -%}
      {{ snapshot_key_list('observed') }},
      observed.dbt_seen, observed.dbt_seen, observed.dbt_gone, 'batch', null, null, observed.dbt_position
    from observed
    where not exists (
      select 1
      from known
      where {{ snapshot_same_key('known', 'observed') }} and (observed.dbt_untimed or known.dbt_seen = observed.dbt_seen)
    )
    {%- if facts.full %}
    union all
    select {{ fields }}, dbt_seen, {{ snapshot_clock(facts) }}, false, 'batch', null, null, dbt_position
    from returned
    union all
    select {{ fields }}, dbt_from, dbt_from, true, 'batch', null, null, null
    from missing
    {%- endif %}
  ),

  {# Written out each time: not every engine can name a window. -#}
  {% set neighbours = '(partition by ' ~ snapshot_key_list() ~ ' order by dbt_from)' -%}
  compared as (
    select
      timeline.*,
      dbt_origin in ('version', 'gap') as dbt_stored,
      dbt_origin = 'unrecorded' as dbt_unrecorded,
      {% if not unrecorded -%}
      true
      {%- else -%}
      case
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
      end
      {%- endif %} as dbt_changed
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

{# Rows of keys that were deleted, but are there again without having changed since: they hold from the run's clock. #}
{% macro snapshot_returning(facts) -%}
  deleted as (
    select {{ snapshot_key_list() }}, max(coalesce(dbt_ends, dbt_begins)) as dbt_deleted_at
    from history
    group by {{ snapshot_key_list() }}
    having count(case when dbt_ends is null and not dbt_was_gone then 1 end) = 0
  ),

  returned as (
    select newest_rows.*
    from (
      select observed.*, row_number() over (partition by {{ snapshot_key_list() }} order by dbt_seen desc) as dbt_rank
      from observed
    ) newest_rows
    join deleted on {{ snapshot_same_key('newest_rows', 'deleted') }}
    where newest_rows.dbt_rank = 1
      and (newest_rows.dbt_untimed or newest_rows.dbt_seen <= deleted.dbt_deleted_at)
      and deleted.dbt_deleted_at < {{ snapshot_clock(facts) }}
      and not exists (
        select 1
        from known
        where {{ snapshot_same_key('known', 'newest_rows') }} and known.dbt_seen = {{ snapshot_clock(facts) }}
      )
  )
{%- endmacro %}

{% macro snapshot_unrecorded(facts, unrecorded) -%}
  select
    remembered.*,
    {%- for name, key in snapshot_keys().items() %}
    {{ key }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
  from (
    select {% for column in facts.columns if column.batch %}{{ column.quoted }}, {% endfor %}dbt_seen, dbt_gone
    from {{ unrecorded }}
  ) remembered
{%- endmacro %}

{# The table of observations that no version shows, without rows. #}
{% macro snapshot_unrecorded_table(facts, rows) -%}
  select
    {%- for column in facts.columns if column.batch %}
    cast({{ column.quoted }} as {{ column.type }}) as {{ column.quoted }},
    {%- endfor %}
    cast(null as {{ facts.time_type }}) as dbt_seen,
    false as dbt_gone
  from {{ rows }}
  where false
{%- endmacro %}
