{% snapshot check_changes %}
{{ config(strategy='check', check_cols=['name', 'amount']) }}
select * from {{ ref('changes') }}
{% endsnapshot %}
