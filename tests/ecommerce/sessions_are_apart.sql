-- Sessions of a user between which there are 30 minutes or less, and sessions with a longer silence inside.
with gaps as (

    select
        session_id,
        event_timestamp,
        lag(session_id) over user_history as previous_session_id,
        lag(event_timestamp) over user_history as previous_event_timestamp
    from {{ ref('fact_events') }}
    window user_history as (partition by user_id order by event_timestamp, event_id)

)

select *
from gaps
where (session_id = previous_session_id) <> (event_timestamp <= previous_event_timestamp + interval '30 minutes')
