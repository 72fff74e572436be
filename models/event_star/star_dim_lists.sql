-- The lists that items were shown in, and the unknown one.
with lists as (

    select item_list_name
    from {{ ref('silver_items') }}
    where item_list_name is not null

    union

    select 'unknown' as item_list_name

)

select {{ hashed_key(['item_list_name']) }} as list_key, item_list_name
from lists
