select count(*) as rows from {{ source('raw', 'untyped') }}
