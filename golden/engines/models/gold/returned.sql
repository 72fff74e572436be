{{ config(target='dev') }}
select revenue.*, values.* from {{ ref('revenue') }} as revenue, {{ ref('types') }} as values where txt <> ''
