select message_id, conversation_id, quarantine_reason as reason
from {{ ref('int_judged_messages') }}
where quarantine_reason is not null
