{# Materialized views: engines that have them say how. #}

{% macro get_create_materialized_view_as_sql(relation, sql) %}
  {% do return(adapter.dispatch('get_create_materialized_view_as_sql', 'dbt')(relation, sql)) %}
{% endmacro %}

{% macro default__get_create_materialized_view_as_sql(relation, sql) %}
  {% do raise_no_materialized_views() %}
{% endmacro %}

{% macro refresh_materialized_view(relation) %}
  {% do return(adapter.dispatch('refresh_materialized_view', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__refresh_materialized_view(relation) %}
  {% do raise_no_materialized_views() %}
{% endmacro %}

{# The statements that give an existing materialized view its new configuration: altered in place where it can be, else
   replaced. `configuration_changes` is what `get_materialized_view_configuration_changes` found. #}
{% macro get_alter_materialized_view_as_sql(relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation) %}
  {% do return(adapter.dispatch('get_alter_materialized_view_as_sql', 'dbt')(
    relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation
  )) %}
{% endmacro %}

{% macro default__get_alter_materialized_view_as_sql(relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation) %}
  {% do raise_no_materialized_views() %}
{% endmacro %}

{# How the existing view differs from the wanted configuration: none, or a mapping of `requires_full_refresh` and what
   the engine's `get_alter_materialized_view_as_sql` reads. `new_config` is the model's config. #}
{% macro get_materialized_view_configuration_changes(existing_relation, new_config) %}
  {% do return(adapter.dispatch('get_materialized_view_configuration_changes', 'dbt')(existing_relation, new_config)) %}
{% endmacro %}

{% macro default__get_materialized_view_configuration_changes(existing_relation, new_config) %}
  {% do raise_no_materialized_views() %}
{% endmacro %}

{% macro raise_no_materialized_views() %}
  {% do exceptions.raise_compiler_error('materialized views are not implemented for ' ~ adapter.type()) %}
{% endmacro %}

{# The parts of the materialization: before it, the statements, and after it. #}

{# What an interrupted run left is dropped. #}
{% macro materialized_view_setup(backup_relation, intermediate_relation, pre_hooks) %}
  {% do drop_relation_if_exists(load_cached_relation(backup_relation)) %}
  {% do drop_relation_if_exists(load_cached_relation(intermediate_relation)) %}
  {% do run_hooks(pre_hooks, inside_transaction=false) %}
{% endmacro %}

{% macro materialized_view_teardown(backup_relation, intermediate_relation, post_hooks) %}
  {% do drop_relation_if_exists(backup_relation) %}
  {% do drop_relation_if_exists(intermediate_relation) %}
  {% do run_hooks(post_hooks, inside_transaction=false) %}
{% endmacro %}

{# The statements that bring the view about; empty when nothing is to be done. #}
{% macro materialized_view_get_build_sql(existing_relation, target_relation, backup_relation, intermediate_relation) %}
  {% if existing_relation is none %}
    {% do return(get_create_materialized_view_as_sql(target_relation, sql)) %}
  {% elif should_full_refresh() or not existing_relation.is_materialized_view %}
    {% do return(get_replace_sql(existing_relation, target_relation, sql)) %}
  {% endif %}
  {% set changes = get_materialized_view_configuration_changes(existing_relation, config) %}
  {% if changes is none %}
    {% do return(refresh_materialized_view(target_relation)) %}
  {% endif %}
  {% set on_change = config.get('on_configuration_change') or 'apply' %}
  {% set found = 'Configuration changes were identified and `on_configuration_change` was set to `' ~ on_change ~ '` for `' ~ target_relation.render() ~ '`' %}
  {% if on_change == 'apply' %}
    {% do return(get_alter_materialized_view_as_sql(
      target_relation, changes, sql, existing_relation, backup_relation, intermediate_relation
    )) %}
  {% elif on_change == 'fail' %}
    {% do exceptions.raise_fail_fast_error(found) %}
  {% endif %}
  {% do exceptions.warn(found) %}
  {% do return('') %}
{% endmacro %}

{% macro materialized_view_execute_no_op(target_relation) %}
  {% do store_raw_result(name='main', message='skip ' ~ target_relation, code='skip', rows_affected='-1') %}
{% endmacro %}

{% macro materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) %}
  {% do run_hooks(pre_hooks, inside_transaction=true) %}
  {% call statement('main') %}{{ build_sql }}{% endcall %}
  {% do apply_grants(target_relation, config.get('grants'), should_revoke(existing_relation, full_refresh_mode=true)) %}
  {% do persist_docs(target_relation, model) %}
  {% do run_hooks(post_hooks, inside_transaction=true) %}
  {% do adapter.commit() %}
{% endmacro %}
