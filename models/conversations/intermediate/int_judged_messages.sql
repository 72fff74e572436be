-- Each message with the customer of its conversation, or with the reason why it is quarantined.
with customers as (

    -- Whoever of the customers in a conversation wrote first; at the same time, the lowest id.
    select conversation_id, author_user_id as user_id
    from (
        select
            conversation_id,
            author_user_id,
            row_number() over (
                partition by conversation_id
                order by min(created_at), author_user_id
            ) as customer_rank
        from {{ ref('int_authored_messages') }}
        where is_by_customer
        group by conversation_id, author_user_id
    ) as ranked
    where customer_rank = 1

),

starts as (

    select conversation_id
    from {{ ref('stg_messages') }}
    where is_start

)

select
    messages.message_id,
    messages.conversation_id,
    customers.user_id,
    messages.author_user_id,
    messages.email,
    messages.message,
    messages.message_type_text,
    messages.created_at,
    messages.is_start,
    case
        when starts.conversation_id is null then 'orphan_part'
        when customers.user_id is null then 'no_customer'
    end as quarantine_reason
from {{ ref('int_authored_messages') }} as messages
left join starts on starts.conversation_id = messages.conversation_id
left join customers on customers.conversation_id = messages.conversation_id
