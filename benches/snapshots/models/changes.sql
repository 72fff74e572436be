-- What has changed in this batch alone.
{{ config(materialized='table') }}
select *
from {{ ref('feed') }}
{% if var('batch', 0) %}where id % 100 = {{ var('batch', 0) }}{% endif %}
