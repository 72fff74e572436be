select
    judged.message_id,
    judged.conversation_id,
    judged.author_user_id,
    types.message_type_id,
    judged.created_at
from {{ ref('int_judged_messages') }} as judged
inner join {{ ref('dim_message_types') }} as types on types.message_type_text = judged.message_type_text
where not judged.is_start and judged.quarantine_reason is null
