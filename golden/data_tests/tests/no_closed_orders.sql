select * from {{ ref('orders') }} where status = 'closed'
