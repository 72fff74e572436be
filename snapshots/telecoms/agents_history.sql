{% snapshot agents_history %}
-- The first version of an agent holds since 2020, later ones since the feed says.
{{ config(unique_key='agent_id', check_cols=['experience'], type1_cols=['name', 'state']) }}

select
    agent_id,
    name,
    experience,
    state,
    {{ version_time(
        key='agent_id',
        first="cast('2020-01-01' as " ~ dbt.type_timestamp() ~ ')',
        later='updated_at'
    ) }} as held_from
from {{ ref('conformed_agents') }}
{% endsnapshot %}
