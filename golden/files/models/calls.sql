{{ config(materialized='table') }}

select call_id, called_at, score, tags, _file, _line
from {{ source('raw', 'raw_calls') }}
