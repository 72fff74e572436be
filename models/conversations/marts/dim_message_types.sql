-- History: an id once given never changes. New types take the next integers, in text order.
{{ config(materialized='incremental', incremental_strategy='append') }}

with types as (

    select distinct message_type_text
    from {{ ref('stg_messages') }}
    {% if is_incremental() %}
    where message_type_text not in (select message_type_text from {{ this }})
    {% endif %}

)

select
    cast(
        {% if is_incremental() %}(select coalesce(max(message_type_id), 0) from {{ this }}) + {% endif %}
        row_number() over (order by {{ by_code_point('message_type_text') }})
        as {{ dbt.type_int() }}
    ) as message_type_id,
    message_type_text
from types
