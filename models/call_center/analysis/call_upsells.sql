{% set patterns = rules_of(ref('upsell_patterns'), 'pattern_id') %}
{% set version = rules_version(ref('upsell_patterns'), ['pattern_id', 'label', 'pattern']) %}
-- What was sold on top, and for how much: the product of the pattern with the lowest id that matches, and the first
-- amount near its first match. Without an amount nothing was sold.
with calls as (

    {{ calls_to_analyse(ref('silver_call_records'), version) }}

),

mentions as {{ computed_once() }} (

    select
        *,
        case
            {%- for rule in patterns %}
            when {{ first_match('transcript_text', rule.pattern) }} is not null then {{ text_literal(rule.label) }}
            {%- endfor %}
            when false then ''
        end as product,
        coalesce(
            {%- for rule in patterns %}
            {{ first_match('transcript_text', rule.pattern) }},
            {%- endfor %}
            null
        ) as mention
    from calls

),

placed as (

    select *, {{ dbt.position('mention', 'transcript_text') }} as place
    from mentions

),

surrounded as {{ computed_once() }} (

    select
        *,
        right(left(transcript_text, place - 1), 100)
            || mention
            || substr(transcript_text, place + length(mention), 100) as surroundings
    from placed

),

priced as (

    select *, {{ first_amount('surroundings') }} as amount
    from surrounded

)

select
    call_id,
    coalesce(amount, cast(0 as decimal(18, 2))) as upsell_amount,
    case when amount is not null then product end as upsell_product,
    evidence_key
from priced
