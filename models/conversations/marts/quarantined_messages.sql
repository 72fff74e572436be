select message_id, conversation_id, quarantine_reason as reason
from {{ quarantine(ref('consolidated_messages')) }}
