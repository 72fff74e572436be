select * from {{ ref('orders_v3') }}
