{{ config(materialized='incremental', unique_key='id', quarantine={'rules': [
    {'reason': 'no_key', 'when': 'id is null'},
    {'reason': 'negative', 'when': 'amount < {{ var("least", 0) }}'},
    {'reason': 'unknown_customer', 'column': 'customer_id', 'to': "ref('customers')", 'field': 'id'},
]}) }}
select * from {{ ref('raw_orders') }}
{% if is_incremental() %}where updated_at > (select max(updated_at) from {{ this }}){% endif %}
