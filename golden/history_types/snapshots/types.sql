{% snapshot compared %}
{{ config(strategy='check', unique_key='id', check_cols='all', type1_cols=['extra'], hard_deletes='invalidate') }}
select id, cast(document as json) as document, numbers, price, ratio, cast(extra as json) as extra from analytics.feed
{% endsnapshot %}

{% snapshot chained %}
{{ config(strategy='timestamp', unique_key='id', updated_at='seen_on', check_cols=['document'], late_arriving='restitch') }}
select id, cast(document as json) as document, seen_on from analytics.feed
{% endsnapshot %}

{% snapshot by_day %}
{{ config(
    strategy='timestamp', unique_key='id', updated_at='seen_on', hard_deletes='invalidate',
    dbt_valid_to_current="date '9999-12-31'"
) }}
select id, price, seen_on from analytics.feed
{% endsnapshot %}

{% snapshot by_zone %}
{{ config(
    strategy='timestamp', unique_key='id', updated_at='seen_at', hard_deletes='invalidate', max_delete_ratio=1,
    dbt_valid_to_current="timestamp with time zone '9999-12-31 00:00:00+00'", pre_hook="set timezone = '{{ var('zone', 'UTC') }}'", post_hook="set timezone = 'UTC'"
) }}
select id, price, cast(seen_at as timestamp with time zone) as seen_at from analytics.feed
{% endsnapshot %}
