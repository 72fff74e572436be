{{ config(materialized='incremental', unique_key='id', transfer={'watermark': 'updated_at'}) }}
{% for id in range(1, var('orders', 4) + 1) -%}
select {{ id }} as id, {{ id % 3 + 1 }} as customer_id, cast({{ id * 1.5 }} as number(10, 2)) as amount,
       cast('2024-01-01 {{ '%02d' % id }}:00:00' as timestamp_ntz) as updated_at
{% if not loop.last %}union all {% endif %}
{%- endfor %}
