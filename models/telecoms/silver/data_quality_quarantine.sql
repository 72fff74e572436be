select 'customers' as table_name, quarantine_reason as issue_type, customer_id as record_key, record_data
from {{ quarantine(ref('stg_customers')) }}

union all

select 'agents' as table_name, quarantine_reason as issue_type, agent_id as record_key, record_data
from {{ quarantine(ref('stg_agents')) }}

union all

select table_name, quarantine_reason as issue_type, complaint_id as record_key, record_data
from {{ quarantine(ref('complaint_records')) }}
