select
    id as user_id,
    name,
    {{ normalized_email('email') }} as email,
    is_customer = 1 as is_customer
from {{ ref('users') }}
