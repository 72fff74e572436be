{# Dropping relations. #}

{# By the kind of the relation. #}
{% macro get_drop_sql(relation) %}
  {% do return(adapter.dispatch('get_drop_sql', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__get_drop_sql(relation) %}
  {% if relation.is_view %}
    {% do return(drop_view(relation)) %}
  {% elif relation.is_materialized_view %}
    {% do return(drop_materialized_view(relation)) %}
  {% elif relation.is_table or not relation.type %}
    {% do return(drop_table(relation)) %}
  {% endif %}
  {% do return(drop_relation_of_kind(relation.type, relation)) %}
{% endmacro %}

{% macro drop_table(relation) %}
  {% do return(adapter.dispatch('drop_table', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__drop_table(relation) %}
  {% do return(drop_relation_of_kind('table', relation)) %}
{% endmacro %}

{% macro drop_view(relation) %}
  {% do return(adapter.dispatch('drop_view', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__drop_view(relation) %}
  {% do return(drop_relation_of_kind('view', relation)) %}
{% endmacro %}

{% macro drop_materialized_view(relation) %}
  {% do return(adapter.dispatch('drop_materialized_view', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__drop_materialized_view(relation) %}
  {% do return(drop_relation_of_kind('materialized view', relation)) %}
{% endmacro %}

{% macro drop_relation_of_kind(kind, relation) -%}
  drop {{ kind }} if exists {{ relation.render() }} cascade
{%- endmacro %}

{% macro drop_relation(relation) %}
  {% do return(adapter.dispatch('drop_relation', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__drop_relation(relation) %}
  {% call statement('drop_relation', auto_begin=false) %}
    {{ get_drop_sql(relation) }}
  {% endcall %}
{% endmacro %}

{# Through the adapter, which keeps its cache right. #}
{% macro drop_relation_if_exists(relation) %}
  {% if relation %}
    {% do adapter.drop_relation(relation) %}
  {% endif %}
{% endmacro %}

{# The relation that `get_create_backup_sql` put aside. #}
{% macro get_drop_backup_sql(relation) %}
  {% do return(adapter.dispatch('get_drop_backup_sql', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__get_drop_backup_sql(relation) %}
  {% do return(get_drop_sql(make_backup_relation(relation, relation.type))) %}
{% endmacro %}
