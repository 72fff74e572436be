-- The customer of each conversation that has one: whoever of the customers in it wrote first; at the same time, the lowest id.
with customers as (

    select
        conversation_id,
        author_user_id as user_id,
        row_number() over (partition by conversation_id order by min(created_at), author_user_id) as customer_rank
    from {{ ref('int_authored_messages') }}
    where is_by_customer
    group by conversation_id, author_user_id

)

select conversation_id, user_id
from customers
where customer_rank = 1
