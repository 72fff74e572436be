select true as truth, 1::smallint as small, 2::bigint as big, 1.5::real as r, 0.1::float8 as f, 1::numeric / 3 as third,
       -12.34::numeric(6,2) as exact, 'it''s "q", ünï' as txt, '{"a": [1]}'::jsonb as doc, array[1, null, 2] as list, '\x00ff'::bytea as raw,
       date '2024-02-29' as day, time '12:30:00.5' as at, timestamp '1969-12-31 23:59:59.999999' as moment,
       timestamptz '2024-01-01 00:00:00+02' as instant, '00000000-0000-0000-0000-00000000000a'::uuid as uid, 'x' as "Mixed Case"
union all
select null, null, null, null, null, null, null, '', null, null, null, null, null, null, null, null, null
