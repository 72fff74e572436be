-- Items of silver that are no fact, and facts that are no item.
select items.item_record_id, facts.fact_key
from {{ ref('silver_items') }} as items
full outer join {{ ref('star_fact_events') }} as facts on facts.fact_key = items.item_record_id
where items.item_record_id is null or facts.fact_key is null
