-- Each message with the user who wrote it: of several users with its e-mail the one with the lowest id.
with authors as (

    select email, min(user_id) as user_id
    from {{ ref('stg_users') }}
    where email is not null
    group by email

)

select
    messages.*,
    users.user_id as author_user_id,
    coalesce(users.is_customer, false) as is_by_customer
from {{ ref('stg_messages') }} as messages
left join authors on authors.email = messages.email
left join {{ ref('stg_users') }} as users on users.user_id = authors.user_id
