-- No record vanishes, and none is counted twice.
with records as (

    select {{ record_name('_file', '_line') }} as record_name
    from {{ source('call_center_raw', 'calls') }}

    union

    select {{ record_name('_file', '_line') }}
    from {{ quarantine(source('call_center_raw', 'calls')) }}

),

judged as (

    select record_name
    from {{ ref('bronze_calls') }}

    union all

    select file_name
    from {{ ref('quarantined_calls') }}

)

select records.record_name, count(judged.record_name) as places
from records
left join judged on judged.record_name = records.record_name
group by records.record_name
having count(judged.record_name) <> 1
