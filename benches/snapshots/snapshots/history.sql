{% snapshot history %}
{{ config(
    strategy='timestamp', unique_key='id', updated_at='updated_at', hard_deletes='invalidate', target_schema=target.schema
) }}
select * from {{ ref('feed') }}
{% endsnapshot %}
