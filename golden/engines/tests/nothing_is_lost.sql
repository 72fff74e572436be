select there.name from {{ ref('returned') }} as there full join {{ ref('revenue') }} as here on here.name = there.name
where here.amount is distinct from there.amount
