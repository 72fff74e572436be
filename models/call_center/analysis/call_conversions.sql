{% set patterns = rules_of(ref('conversion_patterns'), 'pattern_id') %}
{% set version = rules_version(ref('conversion_patterns'), ['pattern_id', 'label', 'pattern']) %}
-- What a customer says who buys: the label of the pattern with the lowest id that matches.
with calls as (

    {{ calls_to_analyse(ref('silver_call_records'), version) }}

)

select
    call_id,
    case
        {%- for rule in patterns %}
        when {{ first_match('transcript_text', rule.pattern) }} is not null then {{ text_literal(rule.label) }}
        {%- endfor %}
        when false then ''
    end as conversion_phrase,
    evidence_key
from calls
