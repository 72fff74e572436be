with agents as (

    select
        agent_name,
        count(*) as total_calls,
        count(conversion_phrase) as total_conversions,
        sum(upsell_amount) as total_upsell_amount,
        count(case when sentiment = 'positive' then 1 end) as positive_calls,
        count(case when sentiment = 'negative' then 1 end) as negative_calls
    from {{ ref('gold_call_analytics') }}
    group by agent_name

)

select
    agent_name,
    total_calls,
    total_conversions,
    {{ rounded_ratio('100 * total_conversions', 'total_calls', 2) }} as conversion_rate,
    total_upsell_amount,
    {{ rounded_ratio('total_upsell_amount', 'total_calls', 2) }} as avg_upsell_per_call,
    {{ rounded_ratio('100 * positive_calls', 'total_calls', 2) }} as positive_sentiment_pct,
    {{ rounded_ratio('100 * negative_calls', 'total_calls', 2) }} as negative_sentiment_pct
from agents
