with numbers as (select * from {{ ref('middle') }})
select numbers.*, base.id as base_id from numbers join {{ ref('base') }} as base on base.id = numbers.id
