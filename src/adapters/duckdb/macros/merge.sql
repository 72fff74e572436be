{# `merge` with the configs of dbt-duckdb: what joins (`merge_on_using_columns`), which rows are written
   (`merge_update_condition`, `merge_insert_condition`), with what (`merge_update_set_expressions`), or every clause by
   itself (`merge_clauses`). #}
{% macro duckdb__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
  {% set using = config.get('merge_on_using_columns') -%}
  {{ config.get('sql_header') or '' }}
  merge into {{ target }} as DBT_INTERNAL_DEST
  using {{ source }} as DBT_INTERNAL_SOURCE
  {{ duckdb__merge_join_clause(unique_key, using, incremental_predicates) }}
  {%- for clause in duckdb__merge_clauses(unique_key or using, dest_columns) %}
  {{ clause }}
  {%- endfor %}
  {%- if config.get('merge_returning_columns') %}
  returning {{ config.get('merge_returning_columns') | join(', ') }}
  {%- endif %}
{%- endmacro %}

{# What joins the rows of both sides. #}
{% macro duckdb__merge_join_clause(unique_key, merge_on_using_columns, incremental_predicates) -%}
  {% if merge_on_using_columns -%}
    using ({{ get_quoted_csv(merge_on_using_columns) }})
  {%- else -%}
    on {{ get_merge_condition(unique_key, normalize_incremental_predicates(incremental_predicates)) }}
  {%- endif %}
{%- endmacro %}

{# The predicates of a config as a list. #}
{% macro normalize_incremental_predicates(incremental_predicates) %}
  {% if incremental_predicates is none %}
    {% do return([]) %}
  {% elif incremental_predicates is string %}
    {% do return([incremental_predicates]) %}
  {% elif incremental_predicates is mapping or incremental_predicates is not sequence %}
    {% do exceptions.raise_compiler_error('incremental_predicates is a text or a list of texts, not ' ~ incremental_predicates) %}
  {% endif %}
  {% do return(incremental_predicates | list) %}
{% endmacro %}

{# A list of `when …` clauses. `keyed`: whether rows can meet at all. #}
{% macro duckdb__merge_clauses(keyed, dest_columns) %}
  {% set configured = config.get('merge_clauses') or {} %}
  {% set clauses = [] %}
  {% for clause in configured.get('when_matched') or [] %}
    {% do clauses.append('when matched' ~ duckdb__merge_clause_sql(clause, dest_columns)) %}
  {% endfor %}
  {% for clause in configured.get('when_not_matched') or [] %}
    {% set side = ' by ' ~ clause.get('by') if clause.get('by') else (' by source' if clause.get('action') in ['update', 'delete'] else '') %}
    {% do clauses.append('when not matched' ~ side ~ duckdb__merge_clause_sql(clause, dest_columns)) %}
  {% endfor %}
  {% if configured %}
    {% do return(clauses) %}
  {% endif %}

  {% if keyed %}
    {% do clauses.append(
      'when matched' ~ duckdb__merge_if(config.get('merge_update_condition')) ~ ' then update set ' ~ duckdb__merge_assignments(
        config.get('merge_update_columns'), config.get('merge_exclude_columns'), config.get('merge_update_set_expressions'), dest_columns
      )
    ) %}
  {% endif %}
  {% do clauses.append(
    'when not matched' ~ duckdb__merge_if(config.get('merge_insert_condition')) ~ ' then insert ('
    ~ get_quoted_csv(dest_columns | map(attribute='name')) ~ ') values (' ~ get_source_columns(dest_columns) ~ ')'
  ) %}
  {% do return(clauses) %}
{% endmacro %}

{# What follows `when [not] matched` for a clause of the config. #}
{% macro duckdb__merge_clause_sql(clause, dest_columns) %}
  {% set action = clause.get('action') %}
  {% set mode = clause.get('mode') or 'by_name' %}
  {% set whole = {'by_name': ' by name', 'by_position': ' by position', 'star': ' *'} %}
  {% set start = duckdb__merge_if(clause.get('condition')) ~ ' then ' %}
  {% if action in ['delete', 'do_nothing'] %}
    {% do return(start ~ action | replace('_', ' ')) %}
  {% elif action == 'error' %}
    {% set message = clause.get('error_message') %}
    {% do return(start ~ 'error' ~ (' ' ~ string_literal(escape_single_quotes(message)) if message else '')) %}
  {% elif action == 'update' and (mode == 'explicit' or clause.get('set_expressions')) %}
    {% set update = clause.get('update') or {} %}
    {% do return(start ~ 'update set ' ~ duckdb__merge_assignments(
      update.get('include') or ([] if clause.get('set_expressions') else none),
      update.get('exclude'),
      update.get('set_expressions') or clause.get('set_expressions'),
      dest_columns
    )) %}
  {% elif action == 'update' and mode in whole %}
    {% do return(start ~ 'update' ~ (' set' if mode == 'star' else '') ~ whole[mode]) %}
  {% elif action == 'insert' and mode == 'explicit' %}
    {% set insert = clause.get('insert') or {} %}
    {% do return(start ~ 'insert (' ~ insert.get('columns') | join(', ') ~ ') values (' ~ insert.get('values') | join(', ') ~ ')') %}
  {% elif action == 'insert' and mode in whole %}
    {% do return(start ~ 'insert' ~ whole[mode]) %}
  {% endif %}
  {% do exceptions.raise_compiler_error("a clause of merge_clauses cannot have action '" ~ action ~ "' with mode '" ~ mode ~ "'") %}
{% endmacro %}

{% macro duckdb__merge_if(condition) %}
  {% do return(' and (' ~ condition ~ ')' if condition else '') %}
{% endmacro %}

{# `include` none: all columns but the excluded ones. Expressions win over the new row's value. #}
{% macro duckdb__merge_assignments(include, exclude, expressions, dest_columns) %}
  {% set expressions = expressions or {} %}
  {% set excluded = (exclude or []) | map('lower') | list %}
  {% set special = expressions.keys() | map('lower') | list %}
  {% set included = include if include is not none else dest_columns | map(attribute='name') | list %}
  {% set assignments = [] %}
  {% for name in included if name | lower not in excluded and name | lower not in special %}
    {% do assignments.append(adapter.quote(name) ~ ' = DBT_INTERNAL_SOURCE.' ~ adapter.quote(name)) %}
  {% endfor %}
  {% for name, expression in expressions.items() %}
    {% do assignments.append(adapter.quote(name) ~ ' = ' ~ expression) %}
  {% endfor %}
  {% do return(assignments | join(', ')) %}
{% endmacro %}
