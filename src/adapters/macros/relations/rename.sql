{# Renaming relations. `new_name` is an identifier without quotes: it is written as the relation's own would be. #}

{% macro get_rename_sql(relation, new_name) %}
  {% do return(adapter.dispatch('get_rename_sql', 'dbt')(relation, new_name)) %}
{% endmacro %}

{% macro default__get_rename_sql(relation, new_name) %}
  {% if relation.is_view %}
    {% do return(get_rename_view_sql(relation, new_name)) %}
  {% elif relation.is_materialized_view %}
    {% do return(get_rename_materialized_view_sql(relation, new_name)) %}
  {% endif %}
  {% do return(get_rename_table_sql(relation, new_name)) %}
{% endmacro %}

{% macro get_rename_table_sql(relation, new_name) %}
  {% do return(adapter.dispatch('get_rename_table_sql', 'dbt')(relation, new_name)) %}
{% endmacro %}

{% macro default__get_rename_table_sql(relation, new_name) %}
  {% do return(rename_relation_of_kind('table', relation, new_name)) %}
{% endmacro %}

{% macro get_rename_view_sql(relation, new_name) %}
  {% do return(adapter.dispatch('get_rename_view_sql', 'dbt')(relation, new_name)) %}
{% endmacro %}

{% macro default__get_rename_view_sql(relation, new_name) %}
  {% do return(rename_relation_of_kind('view', relation, new_name)) %}
{% endmacro %}

{% macro get_rename_materialized_view_sql(relation, new_name) %}
  {% do return(adapter.dispatch('get_rename_materialized_view_sql', 'dbt')(relation, new_name)) %}
{% endmacro %}

{% macro default__get_rename_materialized_view_sql(relation, new_name) %}
  {% do return(rename_relation_of_kind('materialized view', relation, new_name)) %}
{% endmacro %}

{% macro rename_relation_of_kind(kind, relation, new_name) -%}
  alter {{ kind }} {{ relation.render() }} rename to {{ relation.incorporate(path={'identifier': new_name}).include(database=false, schema=false) }}
{%- endmacro %}

{% macro rename_relation(from_relation, to_relation) %}
  {% do return(adapter.dispatch('rename_relation', 'dbt')(from_relation, to_relation)) %}
{% endmacro %}

{% macro default__rename_relation(from_relation, to_relation) %}
  {% call statement('rename_relation') %}
    {{ get_rename_sql(from_relation, to_relation.identifier) }}
  {% endcall %}
{% endmacro %}

{# The relation that `get_create_intermediate_sql` built takes its place. #}
{% macro get_rename_intermediate_sql(relation) %}
  {% do return(adapter.dispatch('get_rename_intermediate_sql', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__get_rename_intermediate_sql(relation) %}
  {% do return(get_rename_sql(make_intermediate_relation(relation), relation.identifier)) %}
{% endmacro %}
