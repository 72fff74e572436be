{% snapshot names %}
{{ config(
    alias='Käufe "neu"', strategy='timestamp', unique_key=['"Order"', 'lower("select")'], updated_at='"At"',
    check_cols=['Größe', 'change'], late_arriving='restitch', hard_deletes='new_record', type1_cols=['a"b'],
    snapshot_meta_column_names={'dbt_valid_from': 'Von', 'dbt_valid_to': 'Bis', 'dbt_is_deleted': 'gone'}, max_delete_ratio=1
) }}
select * from analytics."Feed"
{% endsnapshot %}
