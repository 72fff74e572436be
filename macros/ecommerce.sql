{# How often something was seen and bought: counts of rows by `event_name`. #}
{% macro funnel_counts(views) -%}
  count(case when event_name = 'view_item_list' then 1 end) as impressions,
  count(case when event_name = 'view_item' then 1 end) as {{ views }},
  count(case when event_name = 'begin_checkout' then 1 end) as checkouts,
  count(case when event_name = 'purchase' then 1 end) as purchases
{%- endmacro %}


{# A question to the star: the known members of a dimension by a ratio of two counts of their events, the highest first. #}
{% macro ranked_rate(facts, members, key, name, rate, above, below, only='true') -%}
with counts as (

    select
        members.{{ name }},
        {{ funnel_counts(views='views') }}
    from {{ facts }} as facts
    inner join {{ members }} as members on members.{{ key }} = facts.{{ key }}
    where members.{{ name }} <> 'unknown'
    group by members.{{ name }}

),

rates as (

    select {{ name }}, {{ rounded_ratio('(' ~ above ~ ')', below, 4) }} as {{ rate }}
    from counts
    where {{ only }}

)

select {{ name }}, {{ rate }}, rank() over (order by {{ rate }} desc nulls last) as rank
from rates
{%- endmacro %}


{# A parameter of an item, `item_params` being in scope: whichever of the four values it has, as text. #}
{% macro item_parameter(key) -%}
  {% set value = json_entry('item_params', key) -%}
  coalesce(
    {{ json_field(value, 'string_value') }},
    {{ json_field(value, 'int_value') }},
    {{ json_field(value, 'float_value') }},
    {{ json_field(value, 'double_value') }}
  )
{%- endmacro %}


{# What stands for a missing id or name: a member of its own in every dimension of the star. #}
{% macro or_unknown(text) -%}
  coalesce({{ text }}, 'unknown')
{%- endmacro %}
