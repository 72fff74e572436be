{# Constraints and names of tables that stay: what engines that can alter constraints do between builds. #}

{# Makes room for the names that the contract gives to keys, which are unique in a schema: `existing`, about to be
   replaced, gives them up. #}
{% macro release_names(existing) %}
  {% do return(adapter.dispatch('release_names', 'dbt')(existing)) %}
{% endmacro %}

{% macro default__release_names(existing) %}
{% endmacro %}

{# What belongs to a table that was built under another name, `built_as`, gets names after its own; the constraints of
   an incremental model are marked as the contract's. #}
{% macro settle_names(relation, built_as) %}
  {% do return(adapter.dispatch('settle_names', 'dbt')(relation, built_as)) %}
{% endmacro %}

{% macro default__settle_names(relation, built_as) %}
{% endmacro %}

{# How a table's constraints differ from those that the contract declares; `drop_outdated_constraints` and
   `apply_declared_constraints` take it. #}
{% macro get_constraint_changes(relation) %}
  {% do return(adapter.dispatch('get_constraint_changes', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__get_constraint_changes(relation) %}
{% endmacro %}

{# Before rows are written: they need not meet what is no longer declared. #}
{% macro drop_outdated_constraints(relation, changes) %}
  {% do return(adapter.dispatch('drop_outdated_constraints', 'dbt')(relation, changes)) %}
{% endmacro %}

{% macro default__drop_outdated_constraints(relation, changes) %}
{% endmacro %}

{# After rows were written: all of them must meet what is declared. #}
{% macro apply_declared_constraints(relation, changes) %}
  {% do return(adapter.dispatch('apply_declared_constraints', 'dbt')(relation, changes)) %}
{% endmacro %}

{% macro default__apply_declared_constraints(relation, changes) %}
{% endmacro %}
