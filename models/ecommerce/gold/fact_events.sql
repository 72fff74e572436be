-- Events in sessions: a user's session ends after more than 30 minutes without an event.
with gaps as (

    select
        *,
        case
            when event_timestamp <= lag(event_timestamp) over (
                partition by user_id order by event_timestamp
            ) + interval '30 minutes' then 0
            else 1
        end as starts_session
    from {{ ref('silver_events') }}

)

select
    event_id,
    event_timestamp,
    user_id,
    event_name,
    platform,
    user_id || '-' || cast(
        sum(starts_session) over (partition by user_id order by event_timestamp) as {{ dbt.type_string() }}
    ) as session_id,
    cast(event_timestamp as date) as event_date,
    cast(extract(hour from event_timestamp) as {{ dbt.type_int() }}) as event_hour
from gaps
