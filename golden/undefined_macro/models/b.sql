select 100 as amount
