{# Runs that write the same relation wait for each other: the rest of a transaction is one run's alone. #}

{% macro get_write_lock_sql(relation) %}
  {% do return(adapter.dispatch('get_write_lock_sql', 'dbt')(relation)) %}
{% endmacro %}

{# An engine that lets one process at a time write needs no lock. #}
{% macro default__get_write_lock_sql(relation) %}
{% endmacro %}

{# The same for a snapshot; `exists`: whether there is a table. #}
{% macro snapshot_lock(target, exists) %}
  {% do return(adapter.dispatch('snapshot_lock', 'dbt')(target, exists)) %}
{% endmacro %}

{% macro default__snapshot_lock(target, exists) %}
  {% do return(get_write_lock_sql(target)) %}
{% endmacro %}
