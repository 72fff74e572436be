-- the second line
select * from {{ ref('stg_order') }}
join {{ source('shop', 'orders') }} using (id)
