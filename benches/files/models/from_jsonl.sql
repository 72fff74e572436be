select count(*) as rows from {{ source('raw', 'jsonl') }}
