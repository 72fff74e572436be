{# Texts as they are read, cleaned and compared. Engine differences are dispatched: one macro a difference. #}

{# All matches of a regular expression replaced. The pattern keeps to the part that all engines share; the replacement may
   name its groups, `\1`. #}
{% macro replaced(text, pattern, replacement) -%}
  {{ return(adapter.dispatch('replaced')(text, pattern, replacement)) }}
{%- endmacro %}

{% macro default__replaced(text, pattern, replacement) -%}
  regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{# Text literals of Snowflake have escapes of their own, and all matches are replaced anyway. #}
{% macro snowflake__replaced(text, pattern, replacement) -%}
  regexp_replace({{ text }}, '{{ pattern | replace("\\", "\\\\") }}', '{{ replacement | replace("\\", "\\\\") }}')
{%- endmacro %}


{# Without white space around it; null for nothing else. #}
{% macro trimmed(text) -%}
  nullif({{ replaced(text, '^[ \\t\\n\\r\\f\\v]+|[ \\t\\n\\r\\f\\v]+$', '') }}, '')
{%- endmacro %}


{# Runs of white space as one blank, none around it; null for nothing else. #}
{% macro squeezed(text) -%}
  nullif(trim({{ replaced(text, '[ \\t\\n\\r\\f\\v]+', ' ') }}), '')
{%- endmacro %}


{# As words are compared when people write them as they like: in lower case, without blanks, hyphens and underscores. #}
{% macro folded(text) -%}
  translate(lower({{ text }}), ' -_', '')
{%- endmacro %}


{# Each word, between blanks, with a capital first letter and the rest in lower case. #}
{% macro capitalised(text) -%}
  {{ return(adapter.dispatch('capitalised')(text)) }}
{%- endmacro %}

{% macro default__capitalised(text) -%}
  initcap({{ text }}, ' ')
{%- endmacro %}

{% macro duckdb__capitalised(text) -%}
  array_to_string(
    list_transform(string_split({{ text }}, ' '), lambda word: upper(left(word, 1)) || lower(substr(word, 2))),
    ' '
  )
{%- endmacro %}

{% macro postgres__capitalised(text) -%}
  (
    select string_agg(upper(left(word, 1)) || lower(substr(word, 2)), ' ' order by position)
    from unnest(string_to_array({{ text }}, ' ')) with ordinality as words(word, position)
  )
{%- endmacro %}


{# The rows of a relation, named by its alias, as JSON objects in text. #}
{% macro row_as_json(alias) -%}
  {{ return(adapter.dispatch('row_as_json')(alias)) }}
{%- endmacro %}

{% macro default__row_as_json(alias) -%}
  to_json(object_construct_keep_null({{ alias }}.*))
{%- endmacro %}

{% macro duckdb__row_as_json(alias) -%}
  cast(to_json({{ alias }}) as varchar)
{%- endmacro %}

{% macro postgres__row_as_json(alias) -%}
  cast(row_to_json({{ alias }}) as text)
{%- endmacro %}


{# A text as a constant of SQL. #}
{% macro text_literal(text) -%}
  {{ return(adapter.dispatch('text_literal')(text)) }}
{%- endmacro %}

{% macro default__text_literal(text) -%}
  '{{ text | replace("'", "''") }}'
{%- endmacro %}

{# Text literals of Snowflake have escapes of their own. #}
{% macro snowflake__text_literal(text) -%}
  '{{ text | replace("\\", "\\\\") | replace("'", "''") }}'
{%- endmacro %}


{# A key that is the same wherever the same values are: a hash of them, in order. #}
{% macro hashed_key(values) -%}
  {% set parts = [] -%}
  {% for value in values %}{% do parts.append(hashable(value)) %}{% endfor -%}
  {{ dbt.hash(parts | join(' || ')) }}
{%- endmacro %}

{# A value as a part of what is hashed, its length before it: no two lists of values look the same. #}
{% macro hashable(value) -%}
  {% set text = 'cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')' -%}
  coalesce(length({{ text }}) || ':' || {{ text }}, '-')
{%- endmacro %}


{# Whether the whole text matches a regular expression. #}
{% macro matches(text, pattern) -%}
  {{ return(adapter.dispatch('matches')(text, pattern)) }}
{%- endmacro %}

{% macro default__matches(text, pattern) -%}
  {{ text }} ~ '^({{ pattern }})$'
{%- endmacro %}

{% macro snowflake__matches(text, pattern) -%}
  regexp_like({{ text }}, '{{ pattern | replace("\\", "\\\\") }}')
{%- endmacro %}
