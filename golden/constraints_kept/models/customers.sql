{{ config(materialized='table') }}
select * from (values (1, 'fr'), (2, 'ch'), (3, 'ch')) as v (customer_id, country)
where customer_id <= {{ var('customers', 3) }}
