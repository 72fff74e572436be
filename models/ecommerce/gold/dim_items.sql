{% set attributes = ['item_name', 'item_brand', 'item_category'] %}
-- Every version of an item, in event time: a run of observations with equal attributes. A late event lands where its
-- time belongs, so all runs are found anew.
with observations as (

    select
        items.item_id,
        items.item_name,
        items.item_brand,
        items.item_category,
        events.event_timestamp as seen_at,
        -- of several observations at one time one counts
        row_number() over (
            partition by items.item_id, events.event_timestamp
            order by items.event_id desc, items.position desc
        ) as observation_rank
    from {{ ref('silver_items') }} as items
    inner join {{ ref('silver_events') }} as events on events.event_id = items.event_id
    where items.item_id is not null

),

changes as (

    select
        *,
        case
            when lag(seen_at) over item_history is null then 1
            {%- for attribute in attributes %}
            when {{ attribute }} is distinct from lag({{ attribute }}) over item_history then 1
            {%- endfor %}
            else 0
        end as starts_version
    from observations
    where observation_rank = 1
    window item_history as (partition by item_id order by seen_at)

),

versions as (

    select *, sum(starts_version) over (partition by item_id order by seen_at) as version_number
    from changes

),

runs as (

    select
        item_id,
        item_name,
        item_brand,
        item_category,
        version_number,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at
    from versions
    group by item_id, item_name, item_brand, item_category, version_number

)

select
    {{ hashed_key(['item_id', 'first_seen_at']) }} as item_sk,
    item_id,
    item_name,
    item_brand,
    item_category,
    first_seen_at,
    last_seen_at,
    version_number = max(version_number) over (partition by item_id) as is_current
from runs
