-- Complaints with the versions of customer and agent on the day of the request; the earliest version where none held.
{{ config(materialized='incremental', incremental_strategy='mirror', unique_key='complaint_key') }}

{% set request_time = 'cast(complaints.request_date as ' ~ dbt.type_timestamp() ~ ')' %}
select
    complaints.complaint_key,
    complaints.complaint_id,
    complaints.complaint_type,
    coalesce(customers.customer_key, first_customers.customer_key) as customer_key,
    coalesce(agents.agent_key, first_agents.agent_key) as agent_key,
    {{ date_key('complaints.request_date') }} as complaint_date_key,
    complaints.complaint_category,
    complaints.media_channel,
    complaints.request_date,
    complaints.resolution_date,
    complaints.resolution_status,
    {{ rounded_ratio(seconds_between('complaints.call_start_time', 'complaints.call_end_time'), 60, 2) }} as call_duration_minutes,
    complaints.updated_at
from {{ ref('conformed_complaints') }} as complaints
{{ as_of_join(
    ref('dim_customers'), 'customers', on='customers.customer_id = complaints.customer_id', at=request_time,
    valid_from='valid_from', valid_to='valid_to'
) }}
{{ as_of_join(
    ref('dim_agents'), 'agents', on='agents.agent_id = complaints.agent_id', at=request_time,
    valid_from='valid_from', valid_to='valid_to'
) }}
left join {{ ref('dim_customers') }} as first_customers
    on first_customers.customer_id = complaints.customer_id and first_customers.version_number = 1
left join {{ ref('dim_agents') }} as first_agents
    on first_agents.agent_id = complaints.agent_id and first_agents.version_number = 1
