with days as (

    select
        cast(call_timestamp as date) as metric_date,
        count(*) as total_calls,
        count(conversion_phrase) as total_conversions,
        sum(upsell_amount) as total_upsell_amount,
        sum(sentiment_confidence) as total_confidence,
        count(case when sentiment = 'positive' then 1 end) as positive_calls,
        count(case when sentiment = 'negative' then 1 end) as negative_calls,
        count(case when sentiment = 'neutral' then 1 end) as neutral_calls
    from {{ ref('gold_call_analytics') }}
    group by cast(call_timestamp as date)

)

select
    metric_date,
    total_calls,
    total_conversions,
    {{ rounded_ratio('100 * total_conversions', 'total_calls', 2) }} as conversion_rate,
    total_upsell_amount,
    {{ rounded_ratio('total_confidence', 'total_calls', 2) }} as avg_sentiment_score,
    positive_calls,
    negative_calls,
    neutral_calls
from days
