-- Versions of an item that overlap or look like the one before, and items without exactly one current version.
with versions as (

    select
        *,
        lead(first_seen_at) over (partition by item_id order by first_seen_at) as next_seen_at,
        count(case when is_current then 1 end) over (partition by item_id) as current_versions
    from {{ ref('dim_items') }}

)

select *
from versions
where first_seen_at > last_seen_at
    or last_seen_at >= next_seen_at
    or is_current <> (next_seen_at is null)
    or current_versions <> 1
