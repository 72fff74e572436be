-- History: runs of versions with one status.
with entered as (

    select complaint_key, resolution_status, updated_at as entered_at
    from (
        select
            *,
            lag(resolution_status) over (partition by complaint_key order by updated_at) as status_before
        from {{ ref('complaint_versions') }}
    ) as versions
    where resolution_status is distinct from status_before

),

runs as (

    select *, lead(entered_at) over (partition by complaint_key order by entered_at) as left_at
    from entered

)

select
    complaint_key,
    resolution_status,
    entered_at,
    left_at,
    {{ dbt.datediff('entered_at', 'left_at', 'day') }} as days_in_status
from runs
