-- No upsell without an amount and no amount without an upsell; a sentiment is what its keywords say.
select *
from {{ ref('gold_call_analytics') }}
where (upsell_product is null and upsell_amount <> 0)
    or (sentiment = 'positive' and positive_keywords_count <= negative_keywords_count)
    or (sentiment = 'negative' and negative_keywords_count <= positive_keywords_count)
    or is_conversion <> (conversion_phrase is not null)
