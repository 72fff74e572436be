-- Which lists make people look closer? Views, checkouts and purchases over impressions.
with lists as (

    select
        lists.item_list_name,
        {{ funnel_counts(views='views') }}
    from {{ ref('star_fact_events') }} as facts
    inner join {{ ref('star_dim_lists') }} as lists on lists.list_key = facts.list_key
    where lists.item_list_name <> 'unknown'
    group by lists.item_list_name

),

rates as (

    select
        item_list_name,
        {{ rounded_ratio('(views + checkouts + purchases)', 'impressions', 4) }} as engagement_rate
    from lists

)

select item_list_name, engagement_rate, rank() over (order by engagement_rate desc nulls last) as rank
from rates
