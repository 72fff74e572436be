-- Complaints by phone by the thousand: the file data/telecoms/call_logs/grown.csv.
{{ config(location='data/telecoms/call_logs/grown.csv') }}

with customers as (

    select customer_id, row_number() over (order by customer_id) - 1 as place, count(*) over () as known
    from {{ ref('conformed_customers') }}

),

agents as (

    select agent_id, row_number() over (order by agent_id) - 1 as place, count(*) over () as known
    from {{ ref('conformed_agents') }}

)

select
    'GROWN-' || number as call_id,
    customers.customer_id,
    {{ one_of(['Billing', 'Network', 'Device', 'Contract'], every=1) }} as complaint_category,
    agents.agent_id,
    {{ seconds_into_2024('number * 41 % 31536000') }} as call_start_time,
    {{ seconds_into_2024('number * 41 % 31536000 + number % 3000') }} as call_end_time,
    {{ one_of(['backlog', 'In Progress', 'resolved', 'BLOCKED'], every=7) }} as resolution_status,
    {{ seconds_into_2024('number * 41 % 31536000 + 86400') }} as updated_at
from {{ numbers(var('grow_rows')) }}
inner join customers on customers.place = number % customers.known
inner join agents on agents.place = number % agents.known
