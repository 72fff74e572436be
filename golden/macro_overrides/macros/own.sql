{% macro tell(what) %}
  {% do run_query("insert into " ~ target.schema ~ ".told values ('" ~ what ~ "')") %}
{% endmacro %}

{% macro default__load_csv_rows(model, agate_table) %}
  {% do tell('load_csv_rows: ' ~ agate_table.column_names | join(' ')) %}
  {% do return(dbt.default__load_csv_rows(model, agate_table)) %}
{% endmacro %}

{% macro get_batch_size() %}
  {% do return(2) %}
{% endmacro %}

{% macro run_hooks(hooks, inside_transaction=true) %}
  {% if hooks %}
    {% do tell('run_hooks: ' ~ hooks | length ~ (' inside' if inside_transaction else ' outside')) %}
  {% endif %}
  {% do dbt.run_hooks(hooks, inside_transaction) %}
{% endmacro %}

{% macro default__process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {% do tell('process_schema_changes: ' ~ on_schema_change) %}
  {% do return(dbt.default__process_schema_changes(on_schema_change, source_relation, target_relation)) %}
{% endmacro %}

{% macro make_temp_relation(base_relation, suffix='__dbt_tmp') %}
  {% do return(dbt.make_temp_relation(base_relation, '__mine').include(database=false, schema=false)) %}
{% endmacro %}

{% macro get_incremental_append_sql(arg_dict) %}
  {% do tell('from ' ~ arg_dict['temp_relation'].identifier.split('__')[1][:4]) %}
  {% do return(dbt.get_incremental_append_sql(arg_dict)) %}
{% endmacro %}

{% macro make_intermediate_relation(base_relation, suffix='__dbt_tmp') %}
  {% do return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ '__aside'})) %}
{% endmacro %}

{% macro default__create_view_as(relation, sql) %}
  {% do tell('create_view_as ' ~ relation.identifier) %}
  {% do return(dbt.default__create_view_as(relation, sql)) %}
{% endmacro %}

{% macro get_columns_in_relation(relation) %}
  {% set columns = dbt.get_columns_in_relation(relation) %}
  {% do return(columns | rejectattr('name', 'equalto', 'secret') | list) %}
{% endmacro %}

{% macro should_full_refresh() %}
  {% do return(config.get('meta', {}).get('always_anew', false)) %}
{% endmacro %}
