select *, (select count(*) from {{ quarantine(source('raw', 'raw_made')) }}) as broken from {{ source('raw', 'raw_made') }}
