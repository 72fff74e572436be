select 1 as id, {{ dollars('100') }} as price, '{{ var("currency") }}' as currency
