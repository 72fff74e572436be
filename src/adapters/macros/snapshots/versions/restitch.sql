{# Versions wherever their time belongs: all that is known of the batch's keys as events, old and new ones, in order.

   An event that makes no version, such as a row that repeats the one before it, is kept in a table beside the
   snapshot's, `unrecorded`: a late one may come to lie before it, and then it does make one. The table has the columns of
   the batch, sqlbuild_seen and sqlbuild_gone. Configs under which each observation is a version go without it. #}

{% macro snapshot_restitched(facts, unrecorded) -%}
  {% set fields %}
      {%- for column in facts.columns if column.batch %}{{ column.quoted }}, {% endfor %}{{ snapshot_key_list() }}
  {%- endset -%}
  history as (
    select
      all_versions.*,
      lead(sqlbuild_begins) over (partition by {{ snapshot_key_list('all_versions') }} order by sqlbuild_begins) as sqlbuild_next
    from all_versions
  ),

  {# A version that ends before the next begins tells of a deletion. #}
  known as (
    select {{ fields }}, sqlbuild_begins as sqlbuild_seen, sqlbuild_was_gone as sqlbuild_gone, 'version' as sqlbuild_origin, sqlbuild_ends
    from history
    union all
    select {{ fields }}, sqlbuild_ends, true, 'gap', null
    from history
    where sqlbuild_ends is not null and (sqlbuild_next is null or sqlbuild_ends < sqlbuild_next)
    {%- if unrecorded %}
    union all
    select
      {% for column in facts.columns if column.batch %}remembered.{{ column.quoted }}, {% endfor -%}
      {{ snapshot_key_list('remembered') }},
      remembered.sqlbuild_seen, remembered.sqlbuild_gone, 'unrecorded', null
    from (
      {{ snapshot_unrecorded(facts, unrecorded) | indent(6) }}
    ) remembered
    join mentioned on {{ snapshot_same_key(facts, 'remembered', 'mentioned') }}
    {%- endif %}
  ),

  {%- if facts.full %}

  {{ snapshot_returning(facts) }},
  {%- endif %}

  timeline as (
    select {{ fields }}, sqlbuild_seen, sqlbuild_seen as sqlbuild_from, sqlbuild_gone, sqlbuild_origin, sqlbuild_ends, cast(null as bigint) as sqlbuild_position
    from known
    union all
    select
      {% for column in facts.columns if column.batch %}observed.{{ column.quoted }}, {% endfor -%}
      {{ snapshot_key_list('observed') }},
      observed.sqlbuild_seen, observed.sqlbuild_seen, observed.sqlbuild_gone, 'batch', null, observed.sqlbuild_position
    from observed
    where not exists (
      select 1
      from known
      where {{ snapshot_same_key(facts, 'known', 'observed') }} and (observed.sqlbuild_untimed or known.sqlbuild_seen = observed.sqlbuild_seen)
    )
    {%- if facts.full %}
    union all
    select {{ fields }}, sqlbuild_seen, {{ snapshot_clock(facts) }}, false, 'batch', null, sqlbuild_position
    from returned
    union all
    select {{ fields }}, sqlbuild_from, sqlbuild_from, true, 'batch', null, null
    from missing
    {%- endif %}
  ),

  {# Written out each time: not every engine can name a window. -#}
  {% set neighbours = '(partition by ' ~ snapshot_key_list() ~ ' order by sqlbuild_from)' -%}
  compared as (
    select
      timeline.*,
      sqlbuild_origin in ('version', 'gap') as sqlbuild_stored,
      sqlbuild_origin = 'unrecorded' as sqlbuild_unrecorded,
      {% if not unrecorded -%}
      true
      {%- else -%}
      case
        when sqlbuild_gone then coalesce(not lag(sqlbuild_gone) over {{ neighbours }}, false)
        when coalesce(lag(sqlbuild_gone) over {{ neighbours }}, true) then true
        else {{ snapshot_differs_from_before(facts, neighbours) }}
      end
      {%- endif %} as sqlbuild_changed
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

{# Rows of keys that were deleted, but are there again without having changed since: they hold from the run's clock. #}
{% macro snapshot_returning(facts) -%}
  deleted as (
    select {{ snapshot_key_list() }}, max(coalesce(sqlbuild_ends, sqlbuild_begins)) as sqlbuild_deleted_at
    from history
    group by {{ snapshot_key_list() }}
    having count(case when sqlbuild_ends is null and not sqlbuild_was_gone then 1 end) = 0
  ),

  returned as (
    select newest_rows.*
    from (
      select observed.*, row_number() over (partition by {{ snapshot_key_list() }} order by sqlbuild_seen desc) as sqlbuild_rank
      from observed
    ) newest_rows
    join deleted on {{ snapshot_same_key(facts, 'newest_rows', 'deleted') }}
    where newest_rows.sqlbuild_rank = 1
      and (newest_rows.sqlbuild_untimed or newest_rows.sqlbuild_seen <= deleted.sqlbuild_deleted_at)
      and deleted.sqlbuild_deleted_at < {{ snapshot_clock(facts) }}
      and not exists (
        select 1
        from known
        where {{ snapshot_same_key(facts, 'known', 'newest_rows') }} and known.sqlbuild_seen = {{ snapshot_clock(facts) }}
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
    select {% for column in facts.columns if column.batch %}{{ column.quoted }}, {% endfor %}sqlbuild_seen, sqlbuild_gone
    from {{ unrecorded }}
  ) remembered
{%- endmacro %}

{# The table of observations that no version shows, without rows. #}
{% macro snapshot_unrecorded_table(facts, rows) -%}
  select
    {%- for column in facts.columns if column.batch %}
    cast({{ column.quoted }} as {{ column.data_type }}) as {{ column.quoted }},
    {%- endfor %}
    cast(null as {{ facts.time_type }}) as sqlbuild_seen,
    false as sqlbuild_gone
  from {{ rows }}
  where false
{%- endmacro %}
