{{ config(
    materialized='incremental', incremental_strategy='accumulating', unique_key='id', sequence_by='updated_at',
    milestones={'first_seen_at': 'first', 'last_seen_at': 'last'}, enabled=target.name.startswith('sqlbuild')
) }}
select id, name, amount, updated_at, updated_at as first_seen_at, updated_at as last_seen_at from {{ ref('changes') }}
