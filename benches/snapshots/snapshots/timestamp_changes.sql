{% snapshot timestamp_changes %}
{{ config(strategy='timestamp', updated_at='updated_at') }}
select * from {{ ref('changes') }}
{% endsnapshot %}
