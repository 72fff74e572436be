-- Calls by the thousand: the file data/call_center/grown.jsonl.
{{ config(location='data/call_center/grown.jsonl', format='json') }}

select
    'GROWN-' || number as call_id,
    {{ one_of(['ada king', 'GRACE h', "sean o'brien", 'ravi', '', 'linus t', 'margaret hamilton'], every=1) }} as agent_name,
    left(cast({{ seconds_into_2024('number * 37 % 31536000') }} as {{ dbt.type_string() }}), 19) as "timestamp",
    {{ one_of(['Good morning', 'Hello, I am angry', 'Thanks for calling', "I don't have a problem"], every=7) }}
        || ', '
        || {{ one_of(['the line was slow', 'the box is broken', 'all is great', 'it is not perfect', 'nothing works'], every=28) }}
        || '. We went through the account, the invoice and the order page step by step until all of it was clear. '
        || {{ one_of(["I'll take it", 'I am ready to order', 'Let me think', 'No', 'Here is my card number'], every=140) }}
        || {{ one_of([', with the premium plan for $', ' and the extended warranty at ', '. It was '], every=700) }}
        || number % 900 + 10
        || {{ one_of(['.', ' a month, perfect.', '.50 a year, I love it.'], every=2100) }} as transcript_text
from {{ numbers(var('grow_rows')) }}
