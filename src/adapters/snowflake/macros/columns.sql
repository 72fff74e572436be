{# Columns of tables that stand. #}

{% macro snowflake__alter_column_type(relation, column_name, new_column_type) %}
  {% call statement('alter_column_type') %}
    alter table {{ relation.render() }} alter column {{ adapter.quote(column_name) }} set data type {{ new_column_type }}
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
    {% do run_query('alter ' ~ snowflake_table_word(relation) ~ ' ' ~ relation.render() ~ ' add column ' ~ added | join(', ')) %}
  {% endif %}
  {% if removed %}
    {% do run_query('alter ' ~ snowflake_table_word(relation) ~ ' ' ~ relation.render() ~ ' drop column ' ~ removed | join(', ')) %}
  {% endif %}
{% endmacro %}

{# What `alter`, `comment on` and `grant … on` call a relation. #}
{% macro snowflake_table_word(relation) %}
  {% do return('view' if relation.is_view else 'table') %}
{% endmacro %}
