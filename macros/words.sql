{# The parts of a text between blanks, as a table function: join it as `cross join lateral … as words(word, position)`. #}
{% macro words_of(text) -%}
  {{ return(adapter.dispatch('words_of')(text)) }}
{%- endmacro %}

{% macro default__words_of(text) -%}
  (select value, index from table(split_to_table({{ text }}, ' ')))
{%- endmacro %}

{% macro duckdb__words_of(text) -%}
  (select unnest(string_split({{ text }}, ' ')), generate_subscripts(string_split({{ text }}, ' '), 1))
{%- endmacro %}

{% macro postgres__words_of(text) -%}
  unnest(string_to_array({{ text }}, ' ')) with ordinality
{%- endmacro %}


{# Text as people have spoken or typed it, made fit for comparing: no control characters, straight quotes, single blanks,
   none around it; null for nothing else. #}
{% macro cleaned(text) -%}
  {{ squeezed(replaced("translate(" ~ text ~ ", '‘’“”', '''''\"\"')", '[\\x01-\\x08\\x0e-\\x1f\\x7f]', '')) }}
{%- endmacro %}


{# A text as it is; null when there is nothing in it but white space. #}
{% macro unless_blank(text) -%}
  case when {{ trimmed(text) }} is not null then {{ text }} end
{%- endmacro %}
