select id, price, currency, {{ shop.dollars('500') }} as five from {{ ref('shop', 'prices') }}
