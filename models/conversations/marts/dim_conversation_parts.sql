select message_id, conversation_id, author_user_id, message_type_id, created_at
from {{ ref('consolidated_messages') }}
where message_id like 'part-%'
