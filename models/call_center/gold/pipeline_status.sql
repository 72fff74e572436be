{% set relations = [
    ('silver', 'silver_call_records', 'max(call_timestamp)'),
    ('quarantine', 'quarantined_calls', 'null'),
    ('gold', 'gold_call_analytics', 'max(call_timestamp)'),
    ('gold', 'gold_agent_performance', 'null'),
    ('gold', 'gold_daily_metrics', 'null'),
] %}
{{ config(materialized='view') }}

{% for layer, relation, latest_at in relations -%}
select
    '{{ layer }}' as layer,
    '{{ relation }}' as relation,
    count(*) as row_count,
    cast({{ latest_at }} as {{ dbt.type_timestamp() }}) as latest_at
from {{ ref(relation) }}
{{ 'union all' if not loop.last }}
{% endfor %}
