{# Statements that create a relation from a query. #}

{# By the kind of the relation. #}
{% macro get_create_sql(relation, sql) %}
  {% do return(adapter.dispatch('get_create_sql', 'dbt')(relation, sql)) %}
{% endmacro %}

{% macro default__get_create_sql(relation, sql) %}
  {% if relation.is_view %}
    {% do return(get_create_view_as_sql(relation, sql)) %}
  {% elif relation.is_table %}
    {% do return(get_create_table_as_sql(false, relation, sql)) %}
  {% elif relation.is_materialized_view %}
    {% do return(get_create_materialized_view_as_sql(relation, sql)) %}
  {% endif %}
  {% do exceptions.raise_compiler_error('cannot create ' ~ relation ~ ': unknown kind of relation ' ~ relation.type) %}
{% endmacro %}


{% macro get_create_table_as_sql(temporary, relation, sql) %}
  {% do return(adapter.dispatch('get_create_table_as_sql', 'dbt')(temporary, relation, sql)) %}
{% endmacro %}

{% macro default__get_create_table_as_sql(temporary, relation, sql) %}
  {% do return(create_table_as(temporary, relation, sql)) %}
{% endmacro %}

{# By the script of a model in Python. #}
{% macro get_create_table_by_python_sql(temporary, relation, compiled_code) %}
  {% do return(python_job_sql(model, create_table_as(temporary, relation, compiled_code, 'python'))) %}
{% endmacro %}

{% macro create_table_as(temporary, relation, compiled_code, language='sql') %}
  {% set create = adapter.dispatch('create_table_as', 'dbt') %}
  {% if language == 'sql' %}
    {# Overrides written for SQL alone take three parameters. #}
    {% do return(create(temporary, relation, compiled_code)) %}
  {% endif %}
  {% do return(create(temporary, relation, compiled_code, language)) %}
{% endmacro %}

{% macro default__create_table_as(temporary, relation, sql) -%}
  {{ create_table_with_modifiers('temporary' if temporary else '', relation.include(database=not temporary, schema=not temporary), sql) }}
{%- endmacro %}

{# `modifiers` stand before `table`, such as `temporary`; `options` after its name or columns. A contract's table is
   declared first, so that types and constraints are the contract's, and then filled. #}
{% macro create_table_with_modifiers(modifiers, relation, sql, options='') -%}
  {% set enforced = config.get('contract').enforced %}
  {% set contracted = enforced and 'temporary' not in modifiers %}
  {%- if enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif -%}
  {{ config.get('sql_header') or '' }}
  create {% if modifiers %}{{ modifiers }} {% endif %}table {{ relation.render() }}
  {%- if contracted %} {{ contract_of(relation) }}{{ ' ' ~ options if options }};
  insert into {{ relation.render() }} ({{ adapter.dispatch('get_column_names', 'dbt')() }})
  (
    {{ get_select_subquery(sql) }}
  );
  {%- else %}{{ ' ' ~ options if options }}
  as (
    {{ sql }}
  );
  {%- endif %}
{%- endmacro %}

{# A table of the session alone, for rows that are on their way. A contract is about those that arrive. #}
{% macro get_create_session_table_sql(relation, sql) %}
  {% do return(adapter.dispatch('get_create_session_table_sql', 'dbt')(relation, sql)) %}
{% endmacro %}

{% macro default__get_create_session_table_sql(relation, sql) -%}
  {{ config.get('sql_header') or '' }}
  create temporary table {{ relation }}
  as (
    {{ sql }}
  );
{%- endmacro %}

{# The query's columns by the contract's names and in its order. #}
{% macro get_select_subquery(sql) %}
  {% do return(adapter.dispatch('get_select_subquery', 'dbt')(sql)) %}
{% endmacro %}

{% macro default__get_select_subquery(sql) -%}
  select {{ adapter.dispatch('get_column_names', 'dbt')() }}
    from (
      {{ sql }}
    ) as model_subq
{%- endmacro %}


{% macro get_create_view_as_sql(relation, sql) %}
  {% do return(adapter.dispatch('get_create_view_as_sql', 'dbt')(relation, sql)) %}
{% endmacro %}

{% macro default__get_create_view_as_sql(relation, sql) %}
  {% do return(create_view_as(relation, sql)) %}
{% endmacro %}

{% macro create_view_as(relation, sql) %}
  {% do return(adapter.dispatch('create_view_as', 'dbt')(relation, sql)) %}
{% endmacro %}

{% macro default__create_view_as(relation, sql) -%}
  {% if config.get('contract').enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif -%}
  {{ config.get('sql_header') or '' }}
  create view {{ relation.render() }} as (
    {{ sql }}
  );
{%- endmacro %}
