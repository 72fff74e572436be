-- Messages of the queue by the thousand: the file data/ecommerce/events/grown.jsonl. Every hundredth is delivered twice,
-- every thousandth is none.
{{ config(location='data/ecommerce/events/grown.jsonl', format='json') }}

{% set item -%}
'{"item_id": "g-' || ({item} % 2000) || '", "item_name": "Thing ' || ({item} % 2000) || '", "item_brand": "Acme", '
            || '"item_category": "things", "price": ' || (5 + {item} % 300) || ', "quantity": ' || (1 + {item} % 3)
            || ', "item_list_name": "List ' || ({item} % 20) || '", "item_params": [{"key": "in_stock", "value": {"int_value": '
            || ({item} % 2) || '}}]}'
{%- endset %}

with events as (

    select number as message_number, number - case when number % 100 = 0 then 1 else 0 end as number
    from {{ numbers(var('grow_rows')) }}

)

select
    'grown-' || message_number as message_id,
    case
        when message_number % 1000 = 7 then 'none'
        else '{"event_timestamp": ' || (1704067200000000 + number * 7000003)
            -- eight events in a row are one user's
            || ', "user_id": "g' || ((number - number % 8) % 400000)
            || '", "platform": "' || case when number % 3 = 0 then 'IOS' else 'ANDROID' end
            || '", "event_name": "'
            || {{ one_of(['view_item_list', 'view_item', 'begin_checkout', 'purchase'], every=3) }}
            || '", "items": ['
            || {{ item | replace('{item}', 'number') }}
            || case when number % 2 = 0 then ', ' || {{ item | replace('{item}', '(number * 7)') }} else '' end
            || ']}'
    end as body
from events
