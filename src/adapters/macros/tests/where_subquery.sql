{# What a generic test's `model` is: the relation, or the rows of it that the test's `where` leaves. #}
{% macro get_where_subquery(relation) %}
  {% do return(adapter.dispatch('get_where_subquery', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__get_where_subquery(relation) %}
  {% set condition = config.get('where') %}
  {% if condition %}
    {% do return('(select * from ' ~ relation ~ ' where ' ~ condition ~ ') dbt_subquery') %}
  {% endif %}
  {% do return(relation) %}
{% endmacro %}
