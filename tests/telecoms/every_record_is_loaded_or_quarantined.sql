-- No raw row is lost, and none is in both places.
with raw_rows as (
    select 'customers' as table_name, count(*) as row_count from {{ ref('customers') }}
    union all
    select 'agents', count(*) from {{ ref('agents') }}
    union all
    select 'web_complaints', count(*) from {{ ref('web_complaints') }}
    union all
    select 'social_media', count(*) from {{ source('telecoms_raw', 'social_media') }}
    union all
    select 'call_logs', count(*) from {{ source('telecoms_raw', 'call_logs') }}
),

placed_rows as (
    select 'customers' as table_name from {{ ref('conformed_customers') }}
    union all
    select 'agents' from {{ ref('conformed_agents') }}
    union all
    select table_name from {{ ref('complaint_records') }}
    union all
    select table_name from {{ ref('data_quality_quarantine') }}
)

select raw_rows.table_name, raw_rows.row_count, count(placed_rows.table_name) as placed_count
from raw_rows
left join placed_rows on placed_rows.table_name = raw_rows.table_name
group by raw_rows.table_name, raw_rows.row_count
having count(placed_rows.table_name) <> raw_rows.row_count
