{% snapshot refused %}
{{ config(
    strategy='timestamp', unique_key=var('key', ['id', 'part']), updated_at=var('time', 'changed_at'),
    late_arriving=var('late', 'ignore'), hard_deletes='invalidate', max_delete_ratio=0.5
) }}
select * from analytics.feed
{% endsnapshot %}
