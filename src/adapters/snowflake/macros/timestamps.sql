{% macro snowflake__current_timestamp() -%}
  convert_timezone('UTC', current_timestamp())
{%- endmacro %}

{% macro snowflake__current_timestamp_backcompat() -%}
  current_timestamp::{{ type_timestamp() }}
{%- endmacro %}

{% macro snowflake__current_timestamp_in_utc_backcompat() -%}
  convert_timezone('UTC', current_timestamp())::{{ type_timestamp() }}
{%- endmacro %}

{# Snapshots store times without a zone. #}
{% macro snowflake__snapshot_get_time() -%}
  to_timestamp_ntz('{{ run_started_at.astimezone(modules.pytz.utc).strftime('%Y-%m-%d %H:%M:%S.%f') }}')
{%- endmacro %}

{% macro snowflake__snapshot_string_as_time(timestamp) %}
  {% do return("to_timestamp_ntz('" ~ timestamp ~ "')") %}
{% endmacro %}
