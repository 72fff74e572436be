{% snapshot customers_history %}
-- The first version of a customer holds since signing up, later ones since the feed says.
{{ config(
    unique_key='customer_id',
    check_cols=['address', 'zip_code', 'state_code'],
    type1_cols=['name', 'gender', 'email']
) }}

select
    customer_id,
    name,
    gender,
    email,
    address,
    zip_code,
    state_code,
    {{ version_time(
        key='customer_id',
        first='cast(coalesce(signup_date, updated_at) as ' ~ dbt.type_timestamp() ~ ')',
        later='updated_at'
    ) }} as held_from
from {{ ref('conformed_customers') }}
{% endsnapshot %}
