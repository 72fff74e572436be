select 2 as id, 'Grace "G" Hopper' as name, cast('2024-01-02 03:04:05' as timestamp) as since
union all select 1, 'Ada, Countess', null
