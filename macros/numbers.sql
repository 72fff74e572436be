{# A text as a number; null when it is none, or too large. #}
{% macro decimal_or_null(text, precision=18, scale=4) -%}
  {{ return(adapter.dispatch('decimal_or_null')(text, precision, scale)) }}
{%- endmacro %}

{% macro default__decimal_or_null(text, precision, scale) -%}
  try_to_decimal({{ text }}, {{ precision }}, {{ scale }})
{%- endmacro %}

{% macro duckdb__decimal_or_null(text, precision, scale) -%}
  try_cast({{ text }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{% macro postgres__decimal_or_null(text, precision, scale) -%}
  cast(
    case
      when {{ matches(text, '\\s*[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]{1,3})?\\s*') }} then
        case
          when abs(round(cast({{ text }} as numeric), {{ scale }})) < 1e{{ precision - scale }}
            then cast({{ text }} as numeric)
        end
    end as decimal({{ precision }}, {{ scale }})
  )
{%- endmacro %}


{# A text as an integer; null when it is none. #}
{% macro integer_or_null(text) -%}
  cast({{ decimal_or_null(text, 18, 0) }} as bigint)
{%- endmacro %}


{# A quotient with some decimals, rounded half away from zero without the errors of binary fractions; null when divided by
   zero. The numerator has no more decimals than the result. #}
{% macro rounded_ratio(numerator, denominator, decimals) -%}
  {{ return(adapter.dispatch('rounded_ratio')(numerator, denominator, decimals)) }}
{%- endmacro %}

{% macro default__rounded_ratio(numerator, denominator, decimals) -%}
  cast(
    round(cast({{ numerator }} as decimal(38, 10)) / nullif({{ denominator }}, 0), {{ decimals }})
    as decimal(38, {{ decimals }})
  )
{%- endmacro %}

{# Division gives a binary fraction; that of integers, cut towards zero, does not. #}
{% macro duckdb__rounded_ratio(numerator, denominator, decimals) -%}
  {% set scaled = 'cast((' ~ numerator ~ ') * ' ~ 10 ** decimals ~ ' as hugeint)' -%}
  cast(
    (2 * {{ scaled }} + sign({{ numerator }}) * ({{ denominator }})) // nullif(2 * ({{ denominator }}), 0)
    as decimal(30, 0)
  ) * 0.{{ '0' * (decimals - 1) }}1
{%- endmacro %}
