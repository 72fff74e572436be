-- History: one row a complaint, brought up to date by every version that is seen, in any order.
{{ config(
    materialized='incremental',
    incremental_strategy='accumulating',
    unique_key='complaint_key',
    sequence_by='updated_at',
    milestones={
        'backlog_date': 'first',
        'in_progress_date': 'first',
        'resolved_date': 'first',
        'blocked_date': 'first',
        'last_seen_at': 'last'
    },
    derived={
        'days_to_in_progress': "datediff('day', request_date, in_progress_date)",
        'days_to_resolved': "datediff('day', request_date, resolved_date)",
        'days_in_progress_to_resolved': "datediff('day', in_progress_date, resolved_date)",
        'met_resolution_sla': "datediff('day', request_date, resolved_date) <= 3",
        'is_reopened': "resolved_date is not null and resolution_status <> 'resolved'"
    }
) }}

with observed as (

    select
        *,
        case
            when resolution_status <> lag(resolution_status) over (partition by complaint_key order by updated_at) then 1
            else 0
        end as is_change
    from {{ ref('complaint_versions') }}
    {% if is_incremental() %}
    -- A late version may lie between known ones: all versions of what was seen since are counted again.
    where complaint_key in (
        select complaint_key
        from {{ ref('complaint_versions') }}
        where seen_at >= (select max(last_seen_at) from {{ this }})
    )
    {% endif %}

)

select
    complaint_key,
    complaint_type,
    complaint_category,
    request_date,
    resolution_status,
    {%- for status in complaint_statuses() %}
    case when resolution_status = '{{ status }}' then cast(updated_at as date) end as {{ status }}_date,
    {%- endfor %}
    cast(sum(is_change) over (partition by complaint_key) as {{ dbt.type_int() }}) as status_changes,
    updated_at,
    seen_at as last_seen_at
from observed
