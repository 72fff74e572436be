select 1 as id, 10 as amount, cast('2024-01-01' as date) as ordered_at
