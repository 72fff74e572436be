{# Regular expressions that are data. They keep to the part that all engines share: literals, `. [] () | ? * + \s`. #}

{# The first match of a regular expression in a text, ignoring case; null when there is none. Given as a constant, it is
   compiled once a query and not once a row. #}
{% macro first_match(text, pattern) -%}
  {{ return(adapter.dispatch('first_match')(text, pattern)) }}
{%- endmacro %}

{% macro default__first_match(text, pattern) -%}
  regexp_substr({{ text }}, {{ text_literal(pattern) }}, 1, 1, 'i')
{%- endmacro %}

{% macro duckdb__first_match(text, pattern) -%}
  nullif(regexp_extract({{ text }}, {{ text_literal(pattern) }}, 0, 'i'), '')
{%- endmacro %}


{# The first amount of money in a text: digits, with or without thousands commas and cents; null without any. #}
{% macro first_amount(text) -%}
  {% set amount = first_match(text, '[0-9]{1,3}(,[0-9]{3})+([.][0-9]{2})?|[0-9]+([.][0-9]{2})?') -%}
  {{ decimal_or_null("replace(" ~ amount ~ ", ',', '')", 18, 2) }}
{%- endmacro %}


{# Stands between `as` and the query of a common table expression with costly columns that are used more than once.
   PostgreSQL would put what they are made of in each place. #}
{% macro computed_once() -%}
  {{ return(adapter.dispatch('computed_once')()) }}
{%- endmacro %}

{% macro default__computed_once() -%}
{%- endmacro %}

{% macro postgres__computed_once() -%}
  materialized
{%- endmacro %}


{# The rows of a seed that rules are written in, in order, for templates that make SQL of them: as mappings, by the names of the columns
   in small letters, whatever the engine makes of them. #}
{% macro rules_of(seed, order_by) -%}
  {% set rules = [] -%}
  {% if execute -%}
    {% set found = run_query('select * from ' ~ seed ~ ' order by ' ~ order_by) -%}
    {% set names = found.column_names | map('lower') | list -%}
    {% for row in found.rows %}{% do rules.append(dict(zip(names, row.values()))) %}{% endfor -%}
  {%- endif %}
  {{ return(rules) }}
{%- endmacro %}


{# What rules are written in a seed, as one hash: another one as soon as a rule changes. #}
{% macro rules_version(seed, columns) -%}
  (select {{ dbt.listagg(hashed_key(columns), "','", "order by " ~ columns[0]) }} from {{ seed }})
{%- endmacro %}


{# Analyses of calls: models with a row a call, which look again only at calls whose text, or whose rules, have changed.
   `evidence_key` is a hash of both. #}

{# The calls that are to be looked at, with their `evidence_key`. `rules` is what the version of the rules is. #}
{% macro calls_to_analyse(calls, rules) -%}
  select calls.*
  from (
    select call_id, transcript_text, {{ hashed_key(['transcript_text', rules]) }} as evidence_key
    from {{ calls }}
  ) as calls
  {%- if is_incremental() %}
  where not exists (
    select 1
    from {{ this }} as analysed
    where analysed.call_id = calls.call_id and analysed.evidence_key = calls.evidence_key
  )
  {%- endif %}
{%- endmacro %}

{# Takes those calls out of the analysis that are calls no longer. #}
{% macro forget_calls_not_in(calls) -%}
  delete from {{ this }}
  where not exists (select 1 from {{ calls }} as calls where calls.call_id = {{ this }}.call_id)
{%- endmacro %}
