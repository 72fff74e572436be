-- No file vanishes, and none is counted twice.
with files as (

    select _file as file_name
    from {{ source('ecommerce_raw', 'events') }}

    union

    select _file
    from {{ quarantine(source('ecommerce_raw', 'events')) }}

),

judged as (

    select file_name
    from {{ ref('stg_event_deliveries') }}

    union all

    select file_name
    from {{ ref('dead_letters') }}

)

select files.file_name, count(judged.file_name) as places
from files
left join judged on judged.file_name = files.file_name
group by files.file_name
having count(judged.file_name) <> 1
