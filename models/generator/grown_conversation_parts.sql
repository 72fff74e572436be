-- The seed conversation_parts, with replies by the thousand.
{{ config(location='seeds/conversations/conversation_parts.csv') }}

with conversations as (

    select id, created_at, row_number() over (order by id) - 1 as place, count(*) over () as known
    from {{ ref('conversation_start') }}

),

users as (

    select email, row_number() over (order by id) - 1 as place, count(*) over () as known
    from {{ ref('users') }}

)

select id, conversation_id, conv_dataset_email, part_type, message, created_at
from {{ ref('conversation_parts') }}
where id < 1000000000

union all

select
    1000000000 + number as id,
    conversations.id as conversation_id,
    users.email as conv_dataset_email,
    'comment' as part_type,
    {{ one_of(['Thank you', 'Any news?', 'It works now', 'Please call me'], every=1) }} as message,
    conversations.created_at + number % 31536000 as created_at
from {{ numbers(var('grow_rows')) }}
inner join conversations on conversations.place = number % conversations.known
inner join users on users.place = number % users.known
