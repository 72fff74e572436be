{# What DuckDB does as the default does, under the engine's own names: projects call and wrap these. #}

{% macro duckdb__alter_relation_comment(relation, comment) %}
  {% do return(default__alter_relation_comment(relation, comment)) %}
{% endmacro %}

{% macro duckdb__alter_column_comment(relation, column_dict) %}
  {% do return(default__alter_column_comment(relation, column_dict)) %}
{% endmacro %}

{% macro duckdb__any_value(expression) %}
  {% do return(default__any_value(expression)) %}
{% endmacro %}

{% macro duckdb__create_schema(relation) %}
  {% do return(default__create_schema(relation)) %}
{% endmacro %}

{% macro duckdb__drop_schema(relation) %}
  {% do return(default__drop_schema(relation)) %}
{% endmacro %}

{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql') %}
  {% if language != 'sql' %}
    {% do exceptions.raise_compiler_error('a table cannot be made of code in ' ~ language) %}
  {% endif %}
  {% do return(default__create_table_as(temporary, relation, compiled_code)) %}
{% endmacro %}

{% macro duckdb__create_view_as(relation, sql) %}
  {% do return(default__create_view_as(relation, sql)) %}
{% endmacro %}

{% macro duckdb__drop_relation(relation) %}
  {% do return(default__drop_relation(relation)) %}
{% endmacro %}

{% macro duckdb__rename_relation(from_relation, to_relation) %}
  {% do return(default__rename_relation(from_relation, to_relation)) %}
{% endmacro %}

{% macro duckdb__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) %}
  {% do return(default__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates)) %}
{% endmacro %}

{% macro duckdb__get_incremental_default_sql(arg_dict) %}
  {% do return(default__get_incremental_default_sql(arg_dict)) %}
{% endmacro %}

{% macro duckdb__get_incremental_merge_sql(arg_dict) %}
  {% do return(default__get_incremental_merge_sql(arg_dict)) %}
{% endmacro %}

{% macro duckdb__get_incremental_microbatch_sql(arg_dict) %}
  {% do return(default__get_incremental_microbatch_sql(arg_dict)) %}
{% endmacro %}

{% macro duckdb__snapshot_merge_sql(target, source, insert_cols) %}
  {% do return(default__snapshot_merge_sql(target, source, insert_cols)) %}
{% endmacro %}

{% macro duckdb__post_snapshot(staging_relation) %}
  {% do return(default__post_snapshot(staging_relation)) %}
{% endmacro %}

{% macro duckdb__get_batch_size() %}
  {% do return(default__get_batch_size()) %}
{% endmacro %}

{% macro duckdb__load_csv_rows(model, agate_table) %}
  {% do return(default__load_csv_rows(model, agate_table)) %}
{% endmacro %}

{% macro duckdb__generate_series(upper_bound) %}
  {% do return(default__generate_series(upper_bound)) %}
{% endmacro %}

{% macro duckdb__last_day(date, datepart) %}
  {% do return(default__last_day(date, datepart)) %}
{% endmacro %}

{% macro duckdb__listagg(measure, delimiter_text, order_by_clause, limit_num) %}
  {% do return(default__listagg(measure, delimiter_text, order_by_clause, limit_num)) %}
{% endmacro %}

{% macro location_exists(location) %}
  {% do return(adapter.location_exists(location)) %}
{% endmacro %}

{# Writes a relation's rows to a file; `options` as `copy` takes them. #}
{% macro write_to_file(relation, location, options) %}
  {% call statement('write_to_file') %}
    copy {{ relation }} to {{ string_literal(escape_single_quotes(location)) }} ({{ options }})
  {% endcall %}
{% endmacro %}

{% materialization table, adapter='duckdb' %}
  {% do return(dbt.materialization_table_default()) %}
{% endmaterialization %}

{% materialization incremental, adapter='duckdb' %}
  {% do return(dbt.materialization_incremental_default()) %}
{% endmaterialization %}
