-- History: a version for each address of a customer, from the day of signing up on.
{{ dimension_versions(ref('customers_history'), 'customer_id') }}

select
    {{ hashed_key(['customer_id', 'valid_from']) }} as customer_key,
    customer_id,
    name,
    gender,
    email,
    address,
    zip_code,
    state_code,
    valid_from,
    valid_to,
    is_current,
    version_number
from versions
