{# The current time, and times as snapshots store them. #}

{% macro current_timestamp() %}
  {% do return(adapter.dispatch('current_timestamp', 'dbt')()) %}
{% endmacro %}

{% macro default__current_timestamp() -%}
  current_timestamp
{%- endmacro %}

{# The same without a zone, as packages of old expect it. #}
{% macro current_timestamp_backcompat() %}
  {% do return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) %}
{% endmacro %}

{% macro default__current_timestamp_backcompat() -%}
  current_timestamp::{{ type_timestamp() }}
{%- endmacro %}

{% macro current_timestamp_in_utc_backcompat() %}
  {% do return(adapter.dispatch('current_timestamp_in_utc_backcompat', 'dbt')()) %}
{% endmacro %}

{% macro default__current_timestamp_in_utc_backcompat() -%}
  (current_timestamp at time zone 'utc')::{{ type_timestamp() }}
{%- endmacro %}

{# When a snapshot looks. #}
{% macro snapshot_get_time() %}
  {% do return(adapter.dispatch('snapshot_get_time', 'dbt')()) %}
{% endmacro %}

{% macro default__snapshot_get_time() %}
  {% do return(snapshot_run_time()) %}
{% endmacro %}

{# The clock of a run, which stands still: a run that is repeated with --as-of gives the same times. #}
{% macro snapshot_run_time() -%}
  cast('{{ run_started_at.isoformat() }}' as timestamp with time zone)
{%- endmacro %}

{# A time that is known as text, as SQL of the type of `snapshot_get_time`. #}
{% macro snapshot_string_as_time(timestamp) %}
  {% do return(adapter.dispatch('snapshot_string_as_time', 'dbt')(timestamp)) %}
{% endmacro %}

{% macro default__snapshot_string_as_time(timestamp) %}
  {% do exceptions.raise_not_implemented('snapshot_string_as_time is not implemented for ' ~ adapter.type()) %}
{% endmacro %}

{% macro get_snapshot_get_time_data_type() %}
  {% do return(get_column_schema_from_query('select ' ~ snapshot_get_time() ~ ' as snapshot_time')[0].dtype) %}
{% endmacro %}
