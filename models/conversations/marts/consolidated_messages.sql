-- Messages with the customer of their conversation. Those without a conversation or a customer are quarantined.
{{ config(
    materialized='incremental',
    incremental_strategy='mirror',
    unique_key='message_id',
    indexes=[{'columns': ['conversation_id']}, {'columns': ['created_at']}],
    partition_by={'field': 'created_at', 'granularity': 'month'} if var('partition_messages') else none
) }}

select
    messages.message_id,
    messages.conversation_id,
    customers.user_id,
    messages.author_user_id,
    messages.email,
    messages.message,
    types.message_type_id,
    messages.created_at
from {{ ref('int_authored_messages') }} as messages
inner join {{ ref('dim_message_types') }} as types on types.message_type_text = messages.message_type_text
left join {{ ref('int_conversation_customers') }} as customers on customers.conversation_id = messages.conversation_id
