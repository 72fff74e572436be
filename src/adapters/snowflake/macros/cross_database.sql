{% macro snowflake__bool_or(expression) -%}
  boolor_agg({{ expression }})
{%- endmacro %}

{% macro snowflake__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
  {% set ordered = ' within group (' ~ order_by_clause ~ ')' if order_by_clause else '' -%}
  {% if limit_num -%}
    array_to_string(array_slice(array_agg({{ measure }}){{ ordered }}, 0, {{ limit_num }}), {{ delimiter_text }})
  {%- else -%}
    listagg({{ measure }}, {{ delimiter_text }}){{ ordered }}
  {%- endif %}
{%- endmacro %}

{% macro snowflake__array_construct(inputs, data_type) -%}
  array_construct({{ inputs | join(', ') }})
{%- endmacro %}

{# Only texts can be cast so that what does not fit is null. #}
{% macro snowflake__safe_cast(field, type) -%}
  {% if type | upper in ['GEOMETRY', 'GEOGRAPHY'] -%}
    try_to_{{ type | lower }}({{ field }})
  {%- elif type | upper == 'VARIANT' -%}
    try_parse_json({{ field }})
  {%- else -%}
    try_cast({{ field if field is string else string_literal(field) }} as {{ type }})
  {%- endif %}
{%- endmacro %}

{% macro snowflake__equals(expr1, expr2) -%}
  (equal_null({{ expr1 }}, {{ expr2 }}))
{%- endmacro %}

{% macro snowflake__right(string_text, length_expression) -%}
  case when {{ length_expression }} = 0 then '' else right({{ string_text }}, {{ length_expression }}) end
{%- endmacro %}

{% macro snowflake__split_part(string_text, delimiter_text, part_number) -%}
  split_part({{ string_text }}, {{ delimiter_text }}, {{ part_number }})
{%- endmacro %}

{% macro snowflake__last_day(date, datepart) -%}
  last_day({{ date }}, '{{ datepart }}')
{%- endmacro %}

{% macro snowflake__generate_series(upper_bound) -%}
  select row_number() over (order by seq4()) as generated_number
  from table(generator(rowcount => {{ upper_bound }}))
{%- endmacro %}

{# A backslash stands for something else in a text of Snowflake's. #}
{% macro snowflake__escape_single_quotes(expression) -%}
  {{ expression | replace('\\', '\\\\') | replace("'", "''") }}
{%- endmacro %}
