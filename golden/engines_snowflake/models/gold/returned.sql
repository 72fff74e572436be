{{ config(target='dev') }}
select revenue.name, revenue.orders, revenue.amount, types.* from {{ ref('revenue') }} as revenue, {{ ref('types') }} as types where types.txt <> ''
