-- The file output/consolidated_messages.csv.
{{ config(materialized='external', location='output/consolidated_messages.csv') }}

select *
from {{ ref('vw_consolidated_messages') }}
order by conversation_id, created_at, {{ by_code_point('message_id') }}
