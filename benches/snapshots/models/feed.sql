-- Keys that were all there in batch 0; in each later batch one in a hundred has changed.
{{ config(materialized='table') }}
select
  i as id,
  'customer ' || i as name,
  i % 1000 + case when i % 100 between 1 and {{ var('batch', 0) }} then 1 else 0 end as amount,
  timestamp '2024-01-01'
    + case when i % 100 between 1 and {{ var('batch', 0) }} then i % 100 else 0 end * interval '1 day' as updated_at
from generate_series(1, {{ var('keys', 1000000) }}) as t(i)
