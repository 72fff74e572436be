-- How a call feels, by the words in it. A word counts for the other side when one of the two before it is a negation.
with calls as (

    {{ calls_to_analyse(ref('silver_call_records'), rules_version(ref('sentiment_words'), ['word', 'polarity'])) }}

),

tokens as (

    select call_id, trim({{ replaced('lower(transcript_text)', "[^a-z0-9'']+", ' ') }}) as tokens
    from calls

),

telling_words as (

    select tokens.call_id, words.position, dictionary.polarity
    from tokens
    cross join lateral {{ words_of('tokens.tokens') }} as words(word, position)
    inner join {{ ref('sentiment_words') }} as dictionary on lower(dictionary.word) = words.word

),

negatable_words as (

    select
        call_id,
        polarity,
        coalesce(max(case when polarity = 'negation' then position end) over (
            partition by call_id order by position rows between 2 preceding and 1 preceding
        ) >= position - 2, false) as is_negated
    from telling_words

),

counted as (

    select
        call_id,
        count(case when (polarity = 'positive') <> is_negated then 1 end) as positive_words,
        count(case when (polarity = 'negative') <> is_negated then 1 end) as negative_words
    from negatable_words
    where polarity <> 'negation'
    group by call_id

),

scored as (

    select
        calls.call_id,
        coalesce(counted.positive_words, 0) as positive_keywords_count,
        coalesce(counted.negative_words, 0) as negative_keywords_count,
        calls.evidence_key
    from calls
    left join counted on counted.call_id = calls.call_id

)

select
    call_id,
    case
        -- (positive - negative) / (positive + negative), against 0.2 in integers
        when 5 * (positive_keywords_count - negative_keywords_count) > positive_keywords_count + negative_keywords_count
            then 'positive'
        when 5 * (negative_keywords_count - positive_keywords_count) > positive_keywords_count + negative_keywords_count
            then 'negative'
        else 'neutral'
    end as sentiment,
    cast(
        case
            when positive_keywords_count + negative_keywords_count = 0 then 0.5
            else least((positive_keywords_count + negative_keywords_count) / 20.0, 1)
        end as decimal(3, 2)
    ) as sentiment_confidence,
    positive_keywords_count,
    negative_keywords_count,
    evidence_key
from scored
