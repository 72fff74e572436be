{# Where the engines differ. One macro a difference; models never ask which engine they are on. #}

{# A timestamp in UTC from whole seconds since 1970. #}
{% macro timestamp_from_epoch(seconds) -%}
  {{ return(adapter.dispatch('timestamp_from_epoch')(seconds)) }}
{%- endmacro %}

{% macro default__timestamp_from_epoch(seconds) -%}
  to_timestamp_ntz({{ seconds }})
{%- endmacro %}

{% macro duckdb__timestamp_from_epoch(seconds) -%}
  make_timestamp({{ seconds }} * 1000000)
{%- endmacro %}

{% macro postgres__timestamp_from_epoch(seconds) -%}
  (to_timestamp({{ seconds }}) at time zone 'UTC')
{%- endmacro %}


{# A text that sorts and compares by code points, whatever the database's collation. #}
{% macro by_code_point(text) -%}
  {{ return(adapter.dispatch('by_code_point')(text)) }}
{%- endmacro %}

{% macro default__by_code_point(text) -%}
  {{ text }}
{%- endmacro %}

{% macro postgres__by_code_point(text) -%}
  ({{ text }}) collate "C"
{%- endmacro %}


{# An e-mail address as it is compared: lower case, without blanks around it; nothing for an empty one. #}
{% macro normalized_email(email) -%}
  nullif(lower(trim({{ email }})), '')
{%- endmacro %}
