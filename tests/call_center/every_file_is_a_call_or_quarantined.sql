-- No file vanishes, and none is counted twice.
with files as (

    select _file as file_name
    from {{ source('call_center_raw', 'calls') }}

    union

    select _file
    from {{ quarantine(source('call_center_raw', 'calls')) }}

),

judged as (

    select file_name
    from {{ ref('bronze_calls') }}

    union all

    select file_name
    from {{ ref('quarantined_calls') }}

)

select files.file_name, count(judged.file_name) as places
from files
left join judged on judged.file_name = files.file_name
group by files.file_name
having count(judged.file_name) <> 1
