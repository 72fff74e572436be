{% snapshot a_snapshot_whose_name_is_as_long_as_an_engine_lets_it_be_anew_1 %}
{{ config(strategy='timestamp', unique_key='id', updated_at='seen', check_cols=['note'], late_arriving='restitch') }}
select 1 as id, 'one' as note, timestamp '2024-01-01' + interval '{{ var("day") }} days' as seen
{% endsnapshot %}

{% snapshot a_snapshot_whose_name_is_as_long_as_an_engine_lets_it_be_anew_2 %}
{{ config(strategy='timestamp', unique_key='key', updated_at='seen', check_cols=['note'], late_arriving='restitch') }}
select 'a' as key, 'two' as note, timestamp '2024-01-01' + interval '{{ var("day") }} days' as seen
{% endsnapshot %}
