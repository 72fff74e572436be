{% macro duckdb__get_columns_in_relation(relation) %}
  {% do return(default__get_columns_in_relation(relation)) %}
{% endmacro %}

{# One change a statement. #}
{% macro duckdb__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
  {% for column in add_columns or [] %}
    {% do run_query('alter table ' ~ relation.render() ~ ' add column ' ~ column.quoted ~ ' ' ~ column.data_type) %}
  {% endfor %}
  {% for column in remove_columns or [] %}
    {% do run_query('alter table ' ~ relation.render() ~ ' drop column ' ~ column.quoted) %}
  {% endfor %}
{% endmacro %}

{# A temporary table lives in a catalog of its own. #}
{% macro duckdb__make_temp_relation(base_relation, suffix) %}
  {% set temporary = relation_with_suffix(base_relation, suffix ~ py_current_timestring()) %}
  {% do return(temporary.incorporate(path={'schema': none, 'database': none})) %}
{% endmacro %}
