{# `quarantine`: rows that break a rule go to a relation of their own. A rule has a `reason` and either `when`, SQL that is
   true of bad rows, or `column`, `to` and `field`. #}

{# The rows of a query with the reason why they are bad; null for the good ones. The first rule that a row breaks counts. #}
{% macro get_judged_rows_sql(rules, sql) %}
  {% do return(adapter.dispatch('get_judged_rows_sql', 'dbt')(rules, sql)) %}
{% endmacro %}

{% macro default__get_judged_rows_sql(rules, sql) -%}
  select
    judged.*,
    case
      {%- for rule in rules %}
      when {{ get_quarantine_condition(rule, 'judged') }}
        then {{ string_literal(escape_single_quotes(rule['reason'])) }}
      {%- endfor %}
    end as quarantine_reason
  from (
    {{ sql }}
  ) as judged
{%- endmacro %}

{% macro get_quarantine_condition(rule, alias) -%}
  {% if rule['when'] %}({{ rule['when'] }})
  {%- else -%}
  {% set value = alias ~ '.' ~ adapter.quote(rule['column']) -%}
  {{ value }} is not null and not exists (
        select 1 from {{ rule['to'] }} as matched where matched.{{ adapter.quote(rule['field']) }} = {{ value }}
      )
  {%- endif %}
{%- endmacro %}

{# The rows that came in and those that were bad before, unless they came in again: as they were, or under the same `key`. #}
{% macro get_rows_to_judge_sql(incoming, stored, key) %}
  {% do return(adapter.dispatch('get_rows_to_judge_sql', 'dbt')(incoming, stored, key)) %}
{% endmacro %}

{% macro default__get_rows_to_judge_sql(incoming, stored, key) -%}
  {% set columns = adapter.get_columns_in_relation(incoming) -%}
  {% set known = adapter.get_columns_in_relation(stored) | map(attribute='name') | list -%}
  {% set keys = ([key] if key is string else key or []) | map('lower') | list -%}
  select {{ columns | map(attribute='quoted') | join(', ') }} from {{ incoming }}
  union all
  select
    {%- for column in columns %}
    {{ column.quoted if column.name in known else 'null' }}{{ ',' if not loop.last }}
    {%- endfor %}
  from {{ stored }} as stored
  where not exists (
    select 1 from {{ incoming }} as incoming
    where true
    {%- for column in columns if column.name in known and (column.name | lower in keys or not keys) %}
      and {{ get_comparable_expression('incoming.' ~ column.quoted, column) }}
        is not distinct from {{ get_comparable_expression('stored.' ~ column.quoted, column) }}
    {%- endfor %}
  )
{%- endmacro %}

{# The rows of an incremental model go whose keys came in with rows that are bad. #}
{% macro get_remove_bad_rows_sql(target, judged, incoming, key) %}
  {% do return(adapter.dispatch('get_remove_bad_rows_sql', 'dbt')(target, judged, incoming, key)) %}
{% endmacro %}

{% macro default__get_remove_bad_rows_sql(target, judged, incoming, key) -%}
  {% set key = key if key is string else key | join(', ') -%}
  delete from {{ target }} as DBT_INTERNAL_DEST
  where ({{ key }}) in (select {{ key }} from {{ judged }} as DBT_INTERNAL_SOURCE where quarantine_reason is not null)
  {%- if incoming != judged %}
    and ({{ key }}) in (select {{ key }} from {{ incoming }} as DBT_INTERNAL_SOURCE)
  {%- endif %}
{%- endmacro %}

{% macro get_good_rows_sql(judged) %}
  {% do return(adapter.dispatch('get_good_rows_sql', 'dbt')(judged)) %}
{% endmacro %}

{% macro default__get_good_rows_sql(judged) -%}
  {% set columns = [] -%}
  {% for column in adapter.get_columns_in_relation(judged) if column.name | lower != 'quarantine_reason' -%}
    {% do columns.append(column.quoted) -%}
  {% endfor -%}
  select {{ columns | join(', ') }}
  from {{ judged }}
  where quarantine_reason is null
{%- endmacro %}

{% macro get_create_quarantine_sql(relation, judged, columns) -%}
  create table {{ relation.render() }} as (
    select * from {{ judged }} where quarantine_reason is not null
  )
{%- endmacro %}

{# Rows that became good leave, those that are bad now stay or come. #}
{% macro get_replace_quarantine_sql(relation, judged, columns) -%}
  {% set names = columns | map(attribute='quoted') | join(', ') -%}
  delete from {{ relation.render() }};
  insert into {{ relation.render() }} ({{ names }})
  select {{ names }} from {{ judged }} where quarantine_reason is not null
{%- endmacro %}

{# How many rows are there for which reason. #}
{% macro get_quarantine_counts_sql(relation) -%}
  select quarantine_reason, count(*) as quarantined
  from {{ relation.render() }}
  group by quarantine_reason
  order by quarantine_reason
{%- endmacro %}
