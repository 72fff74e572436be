select
    users.user_id,
    users.name,
    users.email,
    users.is_customer,
    min(messages.created_at) as first_message_at,
    max(messages.created_at) as last_message_at,
    count(messages.message_id) as message_count
from {{ ref('stg_users') }} as users
left join {{ ref('consolidated_messages') }} as messages on messages.author_user_id = users.user_id
group by users.user_id, users.name, users.email, users.is_customer
