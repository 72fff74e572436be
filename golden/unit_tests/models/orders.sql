select cast(1 as integer) as id, 'EUR' as code, cast(10.5 as numeric(10, 2)) as amount, cast('2024-03-01' as date) as "Day"
