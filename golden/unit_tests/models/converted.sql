{{ config(materialized='incremental', unique_key='id') }}
select
  orders.id,
  cast(orders.amount * rates.rate as numeric(10, 2)) as amount,
  orders."Day" as "Day",
  '{{ var("currency") }}' as currency,
  '{{ stamp() }}' as stamp,
  late.id is not null as is_late
from {{ ref('orders') }} as orders
join {{ ref('rates') }} as rates on rates.code = orders.code
left join {{ ref('late') }} as late on late.id = orders.id
{% if is_incremental() %}
where orders.id > (select max(id) from {{ this }})
{% endif %}
