{% snapshot check_all %}
{{ config(strategy='check', check_cols=['name', 'amount'], hard_deletes='invalidate') }}
select * from {{ ref('feed') }}
{% endsnapshot %}
