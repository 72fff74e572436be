{% set compared_columns = [
    'conversation_id', 'user_id', 'author_user_id', 'email', 'message', 'message_type_id', 'created_at'
] %}
-- Only messages that are new or differ from what is loaded are written. A message whose conversation went back to
-- quarantine leaves in the same transaction.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='message_id',
    indexes=[{'columns': ['conversation_id']}, {'columns': ['created_at']}],
    partition_by={'field': 'created_at', 'granularity': 'month'} if var('partition_messages') else none,
    post_hook="
        delete from {{ this }}
        where message_id in (
            select message_id from {{ ref('int_judged_messages') }} where quarantine_reason is not null
        )
    "
) }}

with messages as (

    select
        judged.message_id,
        judged.conversation_id,
        judged.user_id,
        judged.author_user_id,
        judged.email,
        judged.message,
        types.message_type_id,
        judged.created_at
    from {{ ref('int_judged_messages') }} as judged
    inner join {{ ref('dim_message_types') }} as types on types.message_type_text = judged.message_type_text
    where judged.quarantine_reason is null

)

select messages.*
from messages
{% if is_incremental() %}
left join {{ this }} as loaded on loaded.message_id = messages.message_id
where
    loaded.message_id is null
    {%- for column in compared_columns %}
    or loaded.{{ column }} is distinct from messages.{{ column }}
    {%- endfor %}
{% endif %}
