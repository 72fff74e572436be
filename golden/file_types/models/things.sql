select * from {{ source('raw', 'raw_things') }}
