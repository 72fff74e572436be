{% macro truncate_relation(relation) %}
  {% do return(adapter.dispatch('truncate_relation', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__truncate_relation(relation) %}
  {% call statement('truncate_relation') %}
    truncate table {{ relation.render() }}
  {% endcall %}
{% endmacro %}
