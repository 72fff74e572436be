{% snapshot customers_history %}
{{ config(
    strategy='timestamp', unique_key='id', updated_at='changed_at', hard_deletes='invalidate', type1_cols=['email']
) }}
select * from analytics.feed
{% endsnapshot %}
