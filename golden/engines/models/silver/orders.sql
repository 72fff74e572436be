{{ config(materialized='incremental', unique_key='id', transfer={'watermark': 'updated_at'}) }}
select i as id, i % 3 + 1 as customer_id, (i * 1.5)::numeric(10,2) as amount,
       timestamp '2024-01-01' + i * interval '1 hour' as updated_at
from generate_series(1, {{ var('orders', 4) }}) as i
