-- Which lists make people look closer? Views, checkouts and purchases over impressions.
{{ ranked_rate(
    facts=ref('star_fact_events'), members=ref('star_dim_lists'), key='list_key', name='item_list_name',
    rate='engagement_rate', above='views + checkouts + purchases', below='impressions'
) }}
