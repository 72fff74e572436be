{{ config(materialized='incremental', incremental_strategy='mirror', unique_key='agent_id') }}

select agent_id, name, experience, state, updated_at
from {{ ref('stg_agents') }}
