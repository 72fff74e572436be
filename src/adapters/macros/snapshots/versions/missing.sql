{# Current versions whose key a full batch lacks. They end at the run's clock; what was seen later than that, directly
   after it. #}
{% macro snapshot_missing(facts, news, unrecorded) -%}
  missing as (
    select
      last_seen.*,
      case
        when sqlbuild_last >= {{ snapshot_clock(facts) }} then {{ snapshot_next_moment('sqlbuild_last', facts) }}
        else {{ snapshot_clock(facts) }}
      end as sqlbuild_from
    from (
      select
        current_versions.*,
        {% if unrecorded -%}
        greatest(
          current_versions.sqlbuild_begins,
          coalesce(
            (
              select max(later.sqlbuild_seen)
              from ({{ snapshot_unrecorded(facts, unrecorded) }}) later
              where {{ snapshot_same_key(facts, 'later', 'current_versions') }}
            ),
            current_versions.sqlbuild_begins
          )
        )
        {%- else -%}
        current_versions.sqlbuild_begins
        {%- endif %} as sqlbuild_last
      from current_versions
      join {{ news }} as gone on {{ snapshot_same_key(facts, 'current_versions', 'gone') }}
      where not gone.sqlbuild_present and not current_versions.sqlbuild_was_gone
    ) last_seen
  )
{%- endmacro %}

{# The earliest time after another: no version is without length. #}
{% macro snapshot_next_moment(time, facts) -%}
  {% set step = '1 day' if facts.time_type | lower == 'date' else '1 microsecond' -%}
  cast({{ time }} + interval '{{ step }}' as {{ facts.time_type }})
{%- endmacro %}
