-- The customers' feed, cleaned; rows without an id are quarantined. What was cleaned stays beside it, as raw_….

with feed as (

    select
        {{ trimmed('"customeR iD"') }} as customer_id,
        {{ capitalised(squeezed('"NamE"')) }} as name,
        {{ trimmed('"Gender"') }} as raw_gender,
        {{ date_from_iso('"DATE of biRTH"') }} as date_of_birth,
        {{ date_from_iso('"signuP DATE"') }} as signup_date,
        {{ trimmed('"email"') }} as raw_email,
        {{ squeezed('"address"') }} as address,
        {{ timestamp_from_iso('"updated_at"') }} as updated_at,
        {{ row_as_json('feed') }} as record_data
    from {{ ref('customers') }} as feed

),

mended as (

    select
        *,
        {{ mended_email('raw_email') }} as mended_email,
        split_part(address, ' ', -1) as last_word,
        split_part(address, ' ', -2) as word_before_last
    from feed

)

select
    customer_id,
    name,
    raw_gender,
    case lower(raw_gender)
        when 'm' then 'M'
        when 'male' then 'M'
        when 'f' then 'F'
        when 'female' then 'F'
    end as gender,
    date_of_birth,
    signup_date,
    raw_email,
    case when mended_email like '%@%.%' then mended_email end as email,
    address,
    case when {{ matches('last_word', '[0-9]{5}') }} then last_word end as zip_code,
    case when {{ matches('word_before_last', '[A-Za-z]{2}') }} then upper(word_before_last) end as state_code,
    updated_at,
    record_data
from mended
