select
    item_record_id as event_item_id,
    event_id,
    item_id,
    item_name,
    item_list_name,
    item_list_id,
    item_category,
    item_brand,
    price,
    cast(coalesce(total_price, price * quantity) as decimal(38, 4)) as total_price,
    quantity,
    coalesce(item_list_index, position) as position_in_list,
    coalesce(discount_amount > 0, false) as has_discount,
    discount_amount,
    in_stock <> 0 as in_stock
from {{ ref('silver_items') }}
