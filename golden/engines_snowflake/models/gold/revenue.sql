select customers.name, customers.city, '{{ target.name }} {{ adapter.type() }}' as engine, count(*) as orders, sum(orders.amount) as amount
from {{ ref('orders') }} as orders join {{ ref('customers') }} as customers on customers.id = orders.customer_id
group by all
