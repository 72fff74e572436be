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
