-- Which products are bought once they are looked at? Purchases over views.
{{ ranked_rate(
    facts=ref('star_fact_events'), members=ref('star_dim_products'), key='product_key', name='item_id',
    rate='rate', above='purchases', below='views', only='views > 0'
) }}
