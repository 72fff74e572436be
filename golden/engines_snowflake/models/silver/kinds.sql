select true as truth, 2 as whole, cast(1.5 as float) as fraction, cast(-12.34 as number(6, 2)) as exact, 'it''s "q", ünï' as txt,
       cast('2024-02-29' as date) as day, cast('12:30:00' as time) as at,
       cast('1969-12-31 23:59:59.999999' as timestamp_ntz) as moment, 'x' as "Mixed Case"
union all
select null, null, null, null, '', null, null, null, null
