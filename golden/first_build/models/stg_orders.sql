select id, customer, amount, ordered_on from {{ ref('raw_orders') }}
