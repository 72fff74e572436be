-- One row a call: of several good files that tell of it the earliest, then the one with the smallest text.
{{ config(materialized='incremental', incremental_strategy='mirror', unique_key='call_id') }}

with ranked as (

    select
        *,
        row_number() over (
            partition by call_id
            order by
                call_timestamp,
                {{ by_code_point('transcript_text') }},
                -- equal in both: any agent, as long as it is always the same one
                {{ by_code_point('agent_name') }}
        ) as telling_rank,
        length(transcript_text) - length(replace(transcript_text, ' ', '')) + 1 as word_count
    from {{ ref('bronze_calls') }}

)

select
    call_id,
    agent_name,
    call_timestamp,
    transcript_text,
    length(transcript_text) as transcript_length,
    -- 150 words a minute and 30% of pauses: 13/25 seconds a word
    cast(floor(word_count * 13 / 25.0) as {{ dbt.type_int() }}) as call_duration_seconds
from ranked
where telling_rank = 1
