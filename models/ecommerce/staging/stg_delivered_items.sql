-- The items of all good deliveries, in their columns.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='file_name',
    post_hook="{{ forget_changed(this, ref('stg_event_deliveries'), 'file_name', 'loaded_at') }}"
) }}

with items as (

    select deliveries.file_name, deliveries.loaded_at, deliveries.record_name, items.position, items.item
    from {{ ref('stg_event_deliveries') }} as deliveries
    cross join lateral {{ json_elements('deliveries.items') }} as items(item, position)
    where {{ is_changed('deliveries.file_name', 'deliveries.loaded_at') }}

),

parameters as (

    select *, {{ json_part('item', 'item_params') }} as item_params
    from items

)

select
    file_name,
    loaded_at,
    record_name,
    cast(position as {{ dbt.type_int() }}) as position,
    {{ unless_blank(json_field('item', 'item_id')) }} as item_id,
    {{ json_field('item', 'item_name') }} as item_name,
    {{ json_field('item', 'item_brand') }} as item_brand,
    {{ json_field('item', 'item_category') }} as item_category,
    {{ decimal_or_null(json_field('item', 'price')) }} as price,
    coalesce({{ decimal_or_null(json_field('item', 'quantity')) }}, 1) as quantity,
    {{ json_field('item', 'item_list_id') }} as item_list_id,
    {{ json_field('item', 'item_list_name') }} as item_list_name,
    {{ integer_or_null(json_field('item', 'item_list_index')) }} as item_list_index,
    {{ json_field('item', 'promotion_name') }} as promotion_name,
    {{ integer_or_null(item_parameter('in_stock')) }} as in_stock,
    {{ item_parameter('discounts') }} as discounts,
    {{ decimal_or_null(item_parameter('discount_amount')) }} as discount_amount,
    {{ decimal_or_null(item_parameter('totalPrice')) }} as total_price,
    {{ integer_or_null(item_parameter('number_of_installments')) }} as number_of_installments
from parameters
