-- No message is lost, and none is in both places.
with placed as (
    select message_id from {{ ref('consolidated_messages') }}
    union all
    select message_id from {{ ref('quarantined_messages') }}
)

select messages.message_id, count(placed.message_id) as places
from {{ ref('stg_messages') }} as messages
left join placed on placed.message_id = messages.message_id
group by messages.message_id
having count(placed.message_id) <> 1
