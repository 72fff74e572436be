-- History: every version of a complaint that was ever seen, though its row may have been edited in place since.
{{ config(materialized='incremental', incremental_strategy='append') }}

with ranked as (

    select *, row_number() over (partition by complaint_key, updated_at order by record_data) as repetition
    from {{ ref('complaint_records') }}
    where updated_at is not null

)

select
    complaint_key,
    complaint_type,
    complaint_category,
    request_date,
    resolution_status,
    updated_at,
    cast('{{ run_started_at }}' as {{ dbt.type_timestamp() }}) as seen_at
from ranked
where
    repetition = 1
    {% if is_incremental() %}
    and not exists (
        select 1
        from {{ this }} as known
        where known.complaint_key = ranked.complaint_key and known.updated_at = ranked.updated_at
    )
    {% endif %}
