-- No record vanishes, and none is counted twice.
with records as (

    select {{ record_name('_file', '_line') }} as record_name
    from {{ source('ecommerce_raw', 'events') }}

    union

    select {{ record_name('_file', '_line') }}
    from {{ quarantine(source('ecommerce_raw', 'events')) }}

),

judged as (

    select record_name
    from {{ ref('stg_event_deliveries') }}

    union all

    select file_name
    from {{ ref('dead_letters') }}

)

select records.record_name, count(judged.record_name) as places
from records
left join judged on judged.record_name = records.record_name
group by records.record_name
having count(judged.record_name) <> 1
