select * from {{ source('raw', 'raw_far') }}
