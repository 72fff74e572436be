{# The numbers from 1, as a relation with the column `number`. #}
{% macro numbers(count) -%}
  {{ return(adapter.dispatch('numbers')(count)) }}
{%- endmacro %}

{% macro default__numbers(count) -%}
  generate_series(cast(1 as bigint), {{ count }}) as numbers(number)
{%- endmacro %}

{% macro snowflake__numbers(count) -%}
  (select row_number() over (order by null) as number from table(generator(rowcount => {{ count }}))) as numbers
{%- endmacro %}


{# One of some texts, another one every so many numbers. #}
{% macro one_of(texts, every) -%}
  {% set place = 'cast(floor(number / ' ~ every ~ ') as ' ~ dbt.type_int() ~ ') % ' ~ (texts | length) ~ ' + 1' -%}
  split_part({{ text_literal(texts | join('|')) }}, '|', {{ place }})
{%- endmacro %}


{# A time so many seconds after the beginning of 2024. #}
{% macro seconds_into_2024(seconds) -%}
  {{ timestamp_from_epoch('(1704067200 + ' ~ seconds ~ ')') }}
{%- endmacro %}
