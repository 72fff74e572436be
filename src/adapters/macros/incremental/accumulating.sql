{# `accumulating`: observations of process instances folded into one row an instance. `accumulation` says how: its
   entries are lists of columns (`unique_key`, `sequence_by`, `attributes`, and all of them in `columns`), lists of names
   (`first` and `last` milestones, `known_columns` of the table), and the SQL of `derived` columns by name. #}

{# What the table has of the instances that are observed. #}
{% macro get_known_instances_sql(accumulation, observations, target) %}
  {% do return(adapter.dispatch('get_known_instances_sql', 'dbt')(accumulation, observations, target)) %}
{% endmacro %}

{% macro default__get_known_instances_sql(accumulation, observations, target) -%}
  select *
  from {{ target }} as known
  where exists (
    select 1 from {{ observations }} as observation
    where {{ accumulation_key_match(accumulation, 'observation', 'known') }}
  )
{%- endmacro %}

{# Tells how many rows there are in a table of instances. #}
{% macro accumulation_analyze(accumulation, relation) %}
  {% do return(get_analyze_sql(relation, accumulation['unique_key'] | map(attribute='quoted') | list)) %}
{% endmacro %}

{# A row an instance of `observations`, folded with what is `known` of it; without those that come out as they were. #}
{% macro get_accumulated_sql(accumulation, observations, known=none) %}
  {% do return(adapter.dispatch('get_accumulated_sql', 'dbt')(accumulation, observations, known)) %}
{% endmacro %}

{% macro default__get_accumulated_sql(accumulation, observations, known) -%}
  {% set columns = accumulation['columns'] | map(attribute='quoted') | join(', ') -%}
  {% set key = accumulation['unique_key'] | map(attribute='quoted') | join(', ') -%}
  with observed as (
    select {{ columns }} from {{ observations }}
    {%- if known %}
    union all
    select
      {%- for column in accumulation['columns'] %}
      {{ column.quoted if column.name in accumulation['known_columns'] else 'null' }}{{ ',' if not loop.last }}
      {%- endfor %}
    from {{ known }} as known
    {%- endif %}
  ),
  ranked as (
    select
      {%- for column in accumulation['columns'] %}
      {%- if column.name in accumulation['first'] %}
      min({{ column.quoted }}) over (partition by {{ key }}) as {{ column.quoted }},
      {%- elif column.name in accumulation['last'] %}
      max({{ column.quoted }}) over (partition by {{ key }}) as {{ column.quoted }},
      {%- else %}
      {{ column.quoted }},
      {%- endif %}
      {%- endfor %}
      row_number() over (
        partition by {{ key }}
        order by
          {%- for column in accumulation['sequence_by'] + accumulation['attributes'] %}
          {{ get_comparable_expression(column.quoted, column) }} desc nulls last{{ ',' if not loop.last }}
          {%- endfor %}
      ) as sqlbuild_rank
    from observed
  ),
  folded as (
    select {{ columns }} from ranked where sqlbuild_rank = 1
  ),
  accumulated as (
    select
      {{ columns }}
      {%- for name, expression in accumulation['derived'].items() %},
      {{ expression }} as {{ adapter.quote(name) }}
      {%- endfor %}
    from folded
  )
  select * from accumulated
  {%- if known %}
  where not exists (
    select 1 from {{ known }} as known
    where {{ accumulation_key_match(accumulation, 'accumulated', 'known') }}
    {%- for column in accumulation['columns'] %}
      {%- set new = get_comparable_expression('accumulated.' ~ column.quoted, column) %}
      {%- set old = get_comparable_expression('known.' ~ column.quoted, column) if column.name in accumulation['known_columns'] else 'null' %}
      and {{ new }} is not distinct from {{ old }}
    {%- endfor %}
    {%- for name in accumulation['derived'] %}
      {%- set old = 'known.' ~ adapter.quote(name) if name in accumulation['known_columns'] else 'null' %}
      and accumulated.{{ adapter.quote(name) }} is not distinct from {{ old }}
    {%- endfor %}
  )
  {%- endif %}
{%- endmacro %}

{# When two relations speak of the same instance; keys are never null. #}
{% macro accumulation_key_match(accumulation, one, other) -%}
  {% for column in accumulation['unique_key'] %}{{ one }}.{{ column.quoted }} = {{ other }}.{{ column.quoted }}{{ ' and ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# An index by which the rows of instances are found. #}
{% macro accumulation_key_index(accumulation, target) %}
  {% do return(get_key_index_sql(target, accumulation['unique_key'])) %}
{% endmacro %}

{# What stands for a column's value where values are ordered or compared: some types know neither. #}
{% macro get_comparable_expression(expression, column) %}
  {% do return(adapter.dispatch('get_comparable_expression', 'dbt')(expression, column)) %}
{% endmacro %}

{% macro default__get_comparable_expression(expression, column) %}
  {% do return(expression) %}
{% endmacro %}

{# One row: how many instances will be inserted, how many changed, how many come out as they were, and how many have several
   rows, which this strategy never makes. #}
{% macro get_accumulation_counts_sql(accumulation, observations, accumulated, known) %}
  {% do return(adapter.dispatch('get_accumulation_counts_sql', 'dbt')(accumulation, observations, accumulated, known)) %}
{% endmacro %}

{% macro default__get_accumulation_counts_sql(accumulation, observations, accumulated, known) -%}
  {% set key = accumulation['unique_key'] | map(attribute='quoted') | join(', ') -%}
  select written - already as inserted, already as changed, seen - written as unchanged, repeated
  from (
    select
      (select count(*) from (select distinct {{ key }} from {{ observations }}) as instances) as seen,
      (select count(*) from {{ accumulated }}) as written,
      (
        select count(*) from {{ accumulated }} as accumulated
        where exists (select 1 from {{ known }} as known where {{ accumulation_key_match(accumulation, 'accumulated', 'known') }})
      ) as already,
      (select count(*) from (select {{ key }} from {{ known }} group by {{ key }} having count(*) > 1) as instances) as repeated
  ) as counts
{%- endmacro %}

{% macro get_incremental_accumulating_sql(arg_dict) %}
  {% do return(adapter.dispatch('get_incremental_accumulating_sql', 'dbt')(arg_dict)) %}
{% endmacro %}

{# Columns that the query no longer has keep their values. #}
{% macro default__get_incremental_accumulating_sql(arg_dict) -%}
  {% set keys = arg_dict['unique_key'] -%}
  {% set written = [] -%}
  {% for key in ([keys] if keys is string else keys) %}{% do written.extend([key | lower, adapter.quote(key) | lower]) %}{% endfor -%}
  {% set columns = arg_dict['dest_columns'] -%}
  {% set match = [] -%}
  {% set assignments = [] -%}
  {% for column in columns -%}
    {% set new = 'accumulated.' ~ column.quoted -%}
    {% if column.quoted | lower in written -%}
      {% do match.append('known.' ~ column.quoted ~ ' = ' ~ new) -%}
    {% else -%}
      {% do assignments.append(column.quoted ~ ' = ' ~ new) -%}
    {% endif -%}
  {% endfor -%}
  {% set match = match | join(' and ') -%}
  update {{ arg_dict['target_relation'] }} as known
  set {{ assignments | join(', ') }}
  from {{ arg_dict['temp_relation'] }} as accumulated
  where {{ match }};

  {% set names = columns | map(attribute='quoted') | join(', ') -%}
  insert into {{ arg_dict['target_relation'] }} ({{ names }})
  select {{ names }}
  from {{ arg_dict['temp_relation'] }} as accumulated
  where not exists (select 1 from {{ arg_dict['target_relation'] }} as known where {{ match }})
{%- endmacro %}
