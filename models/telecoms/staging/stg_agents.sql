-- The agents' feed, cleaned; rows without an id are quarantined. What was cleaned stays beside it, as raw_….

select
    {{ trimmed('"iD"') }} as agent_id,
    {{ capitalised(squeezed('"NamE"')) }} as name,
    {{ trimmed('"experience"') }} as raw_experience,
    {{ meant('"experience"', ['Intern', 'Junior', 'Mid-Level', 'Senior']) }} as experience,
    {{ squeezed('"state"') }} as state,
    {{ timestamp_from_iso('"updated_at"') }} as updated_at,
    {{ row_as_json('feed') }} as record_data
from {{ ref('agents') }} as feed
