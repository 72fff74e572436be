{# Putting a new relation in an existing one's place. #}

{% macro get_create_intermediate_sql(relation, sql) %}
  {% do return(adapter.dispatch('get_create_intermediate_sql', 'dbt')(relation, sql)) %}
{% endmacro %}

{% macro default__get_create_intermediate_sql(relation, sql) -%}
  {% set intermediate = make_intermediate_relation(relation) %}
  {#- A run that was interrupted may have left one. -#}
  {{ get_drop_sql(intermediate) }};
  {{ get_create_sql(intermediate, sql) }}
{%- endmacro %}

{% macro get_create_backup_sql(relation) %}
  {% do return(adapter.dispatch('get_create_backup_sql', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__get_create_backup_sql(relation) -%}
  {% set backup = make_backup_relation(relation, relation.type) %}
  {{- get_drop_sql(backup) }};
  {{ get_rename_sql(relation, backup.identifier) }}
{%- endmacro %}

{# Whatever the engine can do in one statement is done so; else the old relation stays until the new one is built, as
   far as both can be renamed. #}
{% macro get_replace_sql(existing_relation, target_relation, sql) %}
  {% do return(adapter.dispatch('get_replace_sql', 'dbt')(existing_relation, target_relation, sql)) %}
{% endmacro %}

{% macro default__get_replace_sql(existing_relation, target_relation, sql) %}
  {% do log('Applying REPLACE to: ' ~ target_relation) %}
  {% if existing_relation.type == target_relation.type and target_relation.can_be_replaced %}
    {% if target_relation.is_view %}
      {% do return(get_replace_view_sql(target_relation, sql)) %}
    {% elif target_relation.is_table %}
      {% do return(get_replace_table_sql(target_relation, sql)) %}
    {% elif target_relation.is_materialized_view %}
      {% do return(get_replace_materialized_view_sql(target_relation, sql)) %}
    {% endif %}
  {% endif %}

  {% set steps = [] %}
  {% if target_relation.can_be_renamed %}
    {% do steps.append(get_create_intermediate_sql(target_relation, sql)) %}
  {% endif %}
  {% do steps.append(get_create_backup_sql(existing_relation) if existing_relation.can_be_renamed else get_drop_sql(existing_relation)) %}
  {% do steps.append(get_rename_intermediate_sql(target_relation) if target_relation.can_be_renamed else get_create_sql(target_relation, sql)) %}
  {% if existing_relation.can_be_renamed %}
    {% do steps.append(get_drop_backup_sql(existing_relation)) %}
  {% endif %}
  {% do return(join_statements(steps)) %}
{% endmacro %}

{# One text of several statements, each of which may bring its semicolon. #}
{% macro join_statements(statements) -%}
  {% for text in statements if text | trim %}{{ text | trim }}{{ ';' if not (text | trim).endswith(';') }}
  {% endfor %}
{%- endmacro %}

{% macro get_replace_table_sql(relation, sql) %}
  {% do return(adapter.dispatch('get_replace_table_sql', 'dbt')(relation, sql)) %}
{% endmacro %}

{% macro default__get_replace_table_sql(relation, sql) %}
  {% do exceptions.raise_compiler_error('this database cannot replace a table in one statement') %}
{% endmacro %}

{% macro get_replace_view_sql(relation, sql) %}
  {% do return(adapter.dispatch('get_replace_view_sql', 'dbt')(relation, sql)) %}
{% endmacro %}

{% macro default__get_replace_view_sql(relation, sql) %}
  {% do exceptions.raise_compiler_error('this database cannot replace a view in one statement') %}
{% endmacro %}

{% macro get_replace_materialized_view_sql(relation, sql) %}
  {% do return(adapter.dispatch('get_replace_materialized_view_sql', 'dbt')(relation, sql)) %}
{% endmacro %}

{% macro default__get_replace_materialized_view_sql(relation, sql) %}
  {% do exceptions.raise_compiler_error('this database cannot replace a materialized view in one statement') %}
{% endmacro %}

{# For materializations of engines with `create or replace view`: what stands there and is no view has to go. #}
{% macro handle_existing_table(full_refresh, old_relation) %}
  {% do return(adapter.dispatch('handle_existing_table', 'dbt')(full_refresh, old_relation)) %}
{% endmacro %}

{% macro default__handle_existing_table(full_refresh, old_relation) %}
  {% do adapter.drop_relation(old_relation) %}
{% endmacro %}

{# A whole materialization body: builds `this` as a view in one statement. #}
{% macro create_or_replace_view() %}
  {% set view = this.incorporate(type='view') %}
  {% set existing = load_cached_relation(this) %}

  {% do run_hooks(pre_hooks) %}
  {% if existing is not none and not existing.is_view %}
    {% do handle_existing_table(should_full_refresh(), existing) %}
  {% endif %}
  {% call statement('main') %}
    {{ get_create_view_as_sql(view, sql) }}
  {% endcall %}
  {% do apply_grants(view, config.get('grants'), should_revoke(existing, full_refresh_mode=true)) %}
  {% do run_hooks(post_hooks) %}

  {% do return({'relations': [view]}) %}
{% endmacro %}
