-- What each call tells: whether it sold, what it sold on top, and how it felt.
{{ config(materialized='incremental', incremental_strategy='mirror', unique_key='call_id') }}

select
    calls.call_id,
    calls.agent_name,
    calls.call_timestamp,
    conversions.conversion_phrase is not null as is_conversion,
    conversions.conversion_phrase,
    upsells.upsell_amount,
    upsells.upsell_product,
    sentiments.sentiment,
    sentiments.sentiment_confidence,
    sentiments.positive_keywords_count,
    sentiments.negative_keywords_count,
    calls.transcript_length,
    calls.call_duration_seconds
from {{ ref('silver_call_records') }} as calls
inner join {{ ref('call_conversions') }} as conversions on conversions.call_id = calls.call_id
inner join {{ ref('call_upsells') }} as upsells on upsells.call_id = calls.call_id
inner join {{ ref('call_sentiments') }} as sentiments on sentiments.call_id = calls.call_id
