{{ config(
    materialized='view',
    export={
        'location': 'output/consolidated_messages.csv',
        'order_by': ['conversation_id', 'created_at', by_code_point('message_id')]
    }
) }}

select
    messages.message_id,
    messages.conversation_id,
    messages.user_id,
    messages.author_user_id,
    messages.email,
    messages.message,
    messages.message_type_id,
    messages.created_at,
    types.message_type_text,
    row_number() over (
        partition by messages.conversation_id
        order by messages.created_at, {{ by_code_point('messages.message_id') }}
    ) as message_number
from {{ ref('consolidated_messages') }} as messages
inner join {{ ref('dim_message_types') }} as types on types.message_type_id = messages.message_type_id
