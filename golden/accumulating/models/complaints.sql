{{ config(materialized='incremental', incremental_strategy='accumulating',
          unique_key='complaint_id', sequence_by='updated_at',
          milestones={'in_progress_on': 'first', 'resolved_on': 'first', 'last_contact_on': 'last'},
          derived={'days_to_resolved': "datediff('day', requested_on, resolved_on)",
                   'is_reopened': "resolved_on is not null and status <> 'resolved'"}) }}

select
    complaint_id,
    status,
    requested_on,
    case when status = 'in_progress' then cast(updated_at as date) end as in_progress_on,
    case when status = 'resolved' then cast(updated_at as date) end as resolved_on,
    cast(updated_at as date) as last_contact_on,
    updated_at
from {{ ref('observations') }}
