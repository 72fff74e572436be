{# Current versions whose key a full batch lacks. They end at the run's clock; what was seen later than that, directly
   after it. #}
{% macro snapshot_missing(facts, news, unrecorded) -%}
  missing as (
    select
      last_seen.*,
      case
        when dbt_last >= {{ snapshot_clock(facts) }} then {{ snapshot_next_moment('dbt_last', facts) }}
        else {{ snapshot_clock(facts) }}
      end as dbt_from
    from (
      select
        current_versions.*,
        {% if unrecorded -%}
        greatest(
          current_versions.dbt_begins,
          coalesce(
            (
              select max(later.dbt_seen)
              from ({{ snapshot_unrecorded(facts, unrecorded) }}) later
              where {{ snapshot_same_key('later', 'current_versions') }}
            ),
            current_versions.dbt_begins
          )
        )
        {%- else -%}
        current_versions.dbt_begins
        {%- endif %} as dbt_last
      from current_versions
      join {{ news }} as gone on {{ snapshot_same_key('current_versions', 'gone') }}
      where not gone.dbt_present and not current_versions.dbt_was_gone
    ) last_seen
  )
{%- endmacro %}

{# The earliest time after another: no version is without length. #}
{% macro snapshot_next_moment(time, facts) -%}
  {% set step = '1 day' if facts.time_type | lower == 'date' else '1 microsecond' -%}
  cast({{ time }} + interval '{{ step }}' as {{ facts.time_type }})
{%- endmacro %}
