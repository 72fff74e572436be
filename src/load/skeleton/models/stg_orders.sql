-- Every model is a query. ref() names another model or seed, and so orders the run.
select
    order_id,
    customer,
    cast(ordered_on as date) as ordered_on,
    amount
from {{ ref('raw_orders') }}
