{{ config(materialized='incremental', incremental_strategy='mirror', unique_key='customer_id') }}

select
    customer_id,
    name,
    gender,
    date_of_birth,
    signup_date,
    email,
    address,
    zip_code,
    state_code,
    updated_at
from {{ ref('stg_customers') }}
