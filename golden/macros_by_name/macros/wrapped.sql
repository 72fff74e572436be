{% materialization snapshot, default %}
  {% do log('wrapped ' ~ this.identifier, info=true) %}
  {% do return(dbt.materialization_snapshot_default()) %}
{% endmaterialization %}

{% macro load_cached_relation(relation) %}
  {% do log('looked for ' ~ relation.identifier, info=true) %}
  {% do return(dbt.load_cached_relation(relation)) %}
{% endmacro %}

{% macro materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) %}
  {% do log('building ' ~ target_relation.identifier, info=true) %}
  {% do dbt.materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) %}
{% endmacro %}

{% macro last_day() %}
  {{ log(context[target.type ~ '__last_day']("date '2024-01-05'", 'month') | trim, info=true) }}
{% endmacro %}
