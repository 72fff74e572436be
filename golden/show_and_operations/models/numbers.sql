select 1 as n, 'one' as word union all select 2, null union all select 3, 'three'
