{% snapshot timestamp_all %}
{{ config(strategy='timestamp', updated_at='updated_at', hard_deletes='invalidate') }}
select * from {{ ref('feed') }}
{% endsnapshot %}
