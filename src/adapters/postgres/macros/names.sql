{# What PostgreSQL does as the default does, under the engine's own names: projects call and wrap these. #}

{% macro postgres__alter_relation_comment(relation, comment) %}
  {% do return(default__alter_relation_comment(relation, comment)) %}
{% endmacro %}

{% macro postgres__alter_column_comment(relation, column_dict) %}
  {% do return(default__alter_column_comment(relation, column_dict)) %}
{% endmacro %}

{% macro postgres__current_timestamp_backcompat() %}
  {% do return(default__current_timestamp_backcompat()) %}
{% endmacro %}

{% macro postgres__current_timestamp_in_utc_backcompat() %}
  {% do return(default__current_timestamp_in_utc_backcompat()) %}
{% endmacro %}

{% macro postgres__drop_table(relation) %}
  {% do return(default__drop_table(relation)) %}
{% endmacro %}

{% macro postgres__drop_view(relation) %}
  {% do return(default__drop_view(relation)) %}
{% endmacro %}

{% macro postgres__drop_materialized_view(relation) %}
  {% do return(default__drop_materialized_view(relation)) %}
{% endmacro %}

{% macro postgres__get_rename_table_sql(relation, new_name) %}
  {% do return(default__get_rename_table_sql(relation, new_name)) %}
{% endmacro %}

{% macro postgres__get_rename_view_sql(relation, new_name) %}
  {% do return(default__get_rename_view_sql(relation, new_name)) %}
{% endmacro %}

{% macro postgres__get_rename_materialized_view_sql(relation, new_name) %}
  {% do return(default__get_rename_materialized_view_sql(relation, new_name)) %}
{% endmacro %}

{% macro postgres__get_incremental_default_sql(arg_dict) %}
  {% do return(default__get_incremental_default_sql(arg_dict)) %}
{% endmacro %}

{% macro postgres__snapshot_merge_sql(target, source, insert_cols) %}
  {% do return(default__snapshot_merge_sql(target, source, insert_cols)) %}
{% endmacro %}

{% macro postgres__equals(expr1, expr2) %}
  {% do return(default__equals(expr1, expr2)) %}
{% endmacro %}

{% macro postgres__last_day(date, datepart) %}
  {% do return(default__last_day(date, datepart)) %}
{% endmacro %}

{% macro postgres__listagg(measure, delimiter_text, order_by_clause, limit_num) %}
  {% do return(default__listagg(measure, delimiter_text, order_by_clause, limit_num)) %}
{% endmacro %}

{% macro postgres__split_part(string_text, delimiter_text, part_number) %}
  {% do return(default__split_part(string_text, delimiter_text, part_number)) %}
{% endmacro %}
