{# Texts. Arguments are SQL, unless a macro says otherwise. #}

{# `fields` is a list. #}
{% macro concat(fields) %}
  {% do return(adapter.dispatch('concat', 'dbt')(fields)) %}
{% endmacro %}

{% macro default__concat(fields) -%}
  {{ fields | join(' || ') }}
{%- endmacro %}

{# A text of the template as one that can stand between single quotes. #}
{% macro escape_single_quotes(expression) %}
  {% do return(adapter.dispatch('escape_single_quotes', 'dbt')(expression)) %}
{% endmacro %}

{% macro default__escape_single_quotes(expression) -%}
  {{ expression | replace("'", "''") }}
{%- endmacro %}

{# A text of the template between single quotes; those inside are the caller's to escape. #}
{% macro string_literal(value) %}
  {% do return(adapter.dispatch('string_literal', 'dbt')(value)) %}
{% endmacro %}

{% macro default__string_literal(value) -%}
  '{{ value }}'
{%- endmacro %}

{% macro hash(field) %}
  {% do return(adapter.dispatch('hash', 'dbt')(field)) %}
{% endmacro %}

{% macro default__hash(field) -%}
  md5(cast({{ field }} as {{ api.Column.translate_type('string') }}))
{%- endmacro %}

{% macro length(expression) %}
  {% do return(adapter.dispatch('length', 'dbt')(expression)) %}
{% endmacro %}

{% macro default__length(expression) -%}
  length({{ expression }})
{%- endmacro %}

{# Where a text begins in another, from 1; 0 when it is not there. #}
{% macro position(substring_text, string_text) %}
  {% do return(adapter.dispatch('position', 'dbt')(substring_text, string_text)) %}
{% endmacro %}

{% macro default__position(substring_text, string_text) -%}
  position({{ substring_text }} in {{ string_text }})
{%- endmacro %}

{% macro replace(field, old_chars, new_chars) %}
  {% do return(adapter.dispatch('replace', 'dbt')(field, old_chars, new_chars)) %}
{% endmacro %}

{% macro default__replace(field, old_chars, new_chars) -%}
  replace({{ field }}, {{ old_chars }}, {{ new_chars }})
{%- endmacro %}

{% macro right(string_text, length_expression) %}
  {% do return(adapter.dispatch('right', 'dbt')(string_text, length_expression)) %}
{% endmacro %}

{% macro default__right(string_text, length_expression) -%}
  right({{ string_text }}, {{ length_expression }})
{%- endmacro %}

{# `part_number` is a number: from 1, or from -1 counted from the end. #}
{% macro split_part(string_text, delimiter_text, part_number) %}
  {% do return(adapter.dispatch('split_part', 'dbt')(string_text, delimiter_text, part_number)) %}
{% endmacro %}

{% macro default__split_part(string_text, delimiter_text, part_number) -%}
  {% if part_number < 0 -%}
    {{ _split_part_negative(string_text, delimiter_text, part_number) }}
  {%- else -%}
    split_part({{ string_text }}, {{ delimiter_text }}, {{ part_number }})
  {%- endif %}
{%- endmacro %}

{# For engines that count from the front alone: there is one part more than there are delimiters. #}
{% macro _split_part_negative(string_text, delimiter_text, part_number) -%}
  split_part(
    {{ string_text }},
    {{ delimiter_text }},
    cast((length({{ string_text }}) - length(replace({{ string_text }}, {{ delimiter_text }}, ''))) / length({{ delimiter_text }}) as integer) + 2 + {{ part_number }}
  )
{%- endmacro %}
