with events as (

    select
        user_id,
        platform,
        event_timestamp,
        session_id,
        row_number() over (partition by user_id order by event_timestamp, event_id) as place_from_first,
        row_number() over (partition by user_id order by event_timestamp desc, event_id desc) as place_from_last
    from {{ ref('fact_events') }}

)

select
    {{ hashed_key(['user_id']) }} as user_sk,
    user_id,
    max(case when place_from_first = 1 then platform end) as first_platform,
    max(case when place_from_last = 1 then platform end) as last_platform,
    min(event_timestamp) as first_seen_at,
    max(event_timestamp) as last_seen_at,
    count(distinct session_id) as total_sessions
from events
group by user_id
