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


{# A timestamp in UTC from whole microseconds since 1970. #}
{% macro timestamp_from_micros(micros) -%}
  {{ return(adapter.dispatch('timestamp_from_micros')(micros)) }}
{%- endmacro %}

{% macro default__timestamp_from_micros(micros) -%}
  to_timestamp_ntz({{ micros }}, 6)
{%- endmacro %}

{% macro duckdb__timestamp_from_micros(micros) -%}
  make_timestamp({{ micros }})
{%- endmacro %}

{% macro postgres__timestamp_from_micros(micros) -%}
  (timestamp 'epoch' + {{ micros }} * interval '1 microsecond')
{%- endmacro %}


{# A timestamp from ISO text: `T` or a blank between date and time, with or without a fraction and a final `Z`; null when
   it is written in another way, or its date does not exist. #}
{% macro timestamp_from_iso(text) -%}
  {% set month = '(0[1-9]|1[0-2])' -%}
  {% set day = '(0[1-9]|[12][0-9]|3[01])' -%}
  {% set time = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?' -%}
  {% set first_of_month = 'cast(left(' ~ text ~ ", 8) || '01' as date)" -%}
  case
    when {{ matches(text, '[1-9][0-9]{3}-' ~ month ~ '-' ~ day ~ '[T ]' ~ time ~ 'Z?') }} then
      case
        when cast(substr({{ text }}, 9, 2) as integer) <= extract(day from {{ dbt.last_day(first_of_month, 'month') }})
          then cast(left(translate({{ text }}, 'TZ', ' '), 26) as {{ dbt.type_timestamp() }})
      end
  end
{%- endmacro %}


{# The day of a date or timestamp as an integer, yyyymmdd. #}
{% macro date_key(date) -%}
  cast(
    extract(year from {{ date }}) * 10000 + extract(month from {{ date }}) * 100 + extract(day from {{ date }})
    as {{ dbt.type_int() }}
  )
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
