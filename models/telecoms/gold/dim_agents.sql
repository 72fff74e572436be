-- History: a version for each experience of an agent.
{{ dimension_versions(ref('agents_history'), 'agent_id') }}

select
    {{ hashed_key(['agent_id', 'valid_from']) }} as agent_key,
    agent_id,
    name,
    experience,
    state,
    valid_from,
    valid_to,
    is_current,
    version_number
from versions
