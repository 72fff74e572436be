-- Starts and parts in one shape, one row a message id: of several versions the latest, then the one with the greatest text.
with versions as (

    select
        'start-' || cast(id as {{ dbt.type_string() }}) as message_id,
        id as conversation_id,
        conv_dataset_email as email,
        'open' as message_type_text,
        message,
        created_at as created_epoch
    from {{ ref('conversation_start') }}

    union all

    select
        'part-' || cast(id as {{ dbt.type_string() }}) as message_id,
        conversation_id,
        conv_dataset_email as email,
        part_type as message_type_text,
        message,
        created_at as created_epoch
    from {{ ref('conversation_parts') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by message_id
            order by
                created_epoch desc,
                {{ by_code_point("coalesce(message, '')") }} desc,
                -- equal in time and text: any order, as long as it is always the same one
                conversation_id,
                {{ by_code_point("coalesce(message_type_text, '')") }},
                {{ by_code_point("coalesce(email, '')") }}
        ) as version_rank
    from versions

)

select
    message_id,
    conversation_id,
    {{ normalized_email('email') }} as email,
    message_type_text,
    message,
    {{ timestamp_from_epoch('created_epoch') }} as created_at
from ranked
where version_rank = 1
