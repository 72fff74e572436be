{% snapshot by_check %}
{{ config(strategy='check', unique_key='id', check_cols=['amount'], hard_deletes='invalidate') }}
select * from {{ ref('source_rows') }}
{% endsnapshot %}
