{# Partitions of a table whose config says `partition_by`. #}

{# SQL that makes room in `relation` for the rows of `source`; nothing where the engine places rows by itself. #}
{% macro create_partitions(relation, source) %}
  {% do return(adapter.dispatch('create_partitions', 'dbt')(relation, source)) %}
{% endmacro %}

{% macro default__create_partitions(relation, source) %}
{% endmacro %}
