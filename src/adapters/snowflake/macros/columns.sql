{# Columns of tables that stand. #}

{% macro snowflake__alter_column_type(relation, column_name, new_column_type) %}
  {% call statement('alter_column_type') %}
    alter {{ snowflake_alter_word(relation) }} {{ relation.render() }} alter column {{ adapter.quote(column_name) }} set data type {{ new_column_type }}
  {% endcall %}
{% endmacro %}

{% macro snowflake__alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) %}
  {% set added, removed = [], [] %}
  {% for column in add_columns or [] %}
    {% do added.append(column.quoted ~ ' ' ~ column.expanded_data_type) %}
  {% endfor %}
  {% for column in remove_columns or [] %}
    {% do removed.append(column.quoted) %}
  {% endfor %}
  {% if added %}
    {% do run_query('alter ' ~ snowflake_alter_word(relation) ~ ' ' ~ relation.render() ~ ' add column ' ~ added | join(', ')) %}
  {% endif %}
  {% if removed %}
    {% do run_query('alter ' ~ snowflake_alter_word(relation) ~ ' ' ~ relation.render() ~ ' drop column ' ~ removed | join(', ')) %}
  {% endif %}
{% endmacro %}

{# What `comment on` and `grant … on` call a relation. #}
{% macro snowflake_table_word(relation) %}
  {% do return('view' if relation.is_view else ('dynamic table' if relation.is_dynamic_table else 'table')) %}
{% endmacro %}

{# What `alter` calls a table that a node builds. #}
{% macro snowflake_alter_word(relation) %}
  {% do return('iceberg table' if relation.is_table and snowflake_is_iceberg() else snowflake_table_word(relation)) %}
{% endmacro %}
