{# Versions of rows that contradict each other, as the table of a snapshot should never have them: without a beginning or
   a length, or overlapping the next one of the key, which two current versions do as well. `gaps=false`: versions of a
   key that do not meet, too. `unique_key`: a column or expression, or a list. #}
{% test scd2_integrity(model, unique_key, valid_from='dbt_valid_from', valid_to='dbt_valid_to', gaps=true) %}
  {% do return(adapter.dispatch('test_scd2_integrity', 'dbt')(model, unique_key, valid_from, valid_to, gaps)) %}
{% endtest %}

{% macro default__test_scd2_integrity(model, unique_key, valid_from, valid_to, gaps) -%}
  {% set keys = ([unique_key] if unique_key is string else unique_key) | join(', ') -%}
  with versions as (
    select
      {{ keys }},
      {{ valid_from }} as valid_from,
      {{ valid_to }} as valid_to,
      lead({{ valid_from }}) over (partition by {{ keys }} order by {{ valid_from }}) as next_from
    from {{ model }}
  ),

  judged as (
    select
      *,
      case
        when valid_from is null then 'no beginning'
        when valid_to <= valid_from then 'no length'
        when next_from is not null and (valid_to is null or valid_to > next_from) then 'overlap'
        {%- if not gaps %}
        when valid_to < next_from then 'gap'
        {%- endif %}
      end as problem
    from versions
  )

  select * from judged where problem is not null
{%- endmacro %}
