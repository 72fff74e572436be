{# Seeds, for materializations of projects; the program itself loads files by the database's bulk path. #}

{# An empty table for the file's columns. `agate_table` is the file's table of text and inferred types. #}
{% macro create_csv_table(model, agate_table) %}
  {% do return(adapter.dispatch('create_csv_table', 'dbt')(model, agate_table)) %}
{% endmacro %}

{% macro default__create_csv_table(model, agate_table) %}
  {% set types = model.config.get('column_types') or {} %}
  {% set columns = [] %}
  {% for name in agate_table.column_names %}
    {% set type = types.get(name) or adapter.convert_type(agate_table, loop.index0) %}
    {% do columns.append(adapter.quote_seed_column(name, model.config.get('quote_columns')) ~ ' ' ~ type) %}
  {% endfor %}
  {% set sql = 'create table ' ~ this.render() ~ ' (' ~ columns | join(', ') ~ ')' %}
  {% call statement('_') %}{{ sql }}{% endcall %}
  {% do return(sql) %}
{% endmacro %}

{# Makes room for the rows in a table that stands. #}
{% macro reset_csv_table(model, full_refresh, old_relation, agate_table) %}
  {% do return(adapter.dispatch('reset_csv_table', 'dbt')(model, full_refresh, old_relation, agate_table)) %}
{% endmacro %}

{% macro default__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
  {% if full_refresh %}
    {% do adapter.drop_relation(old_relation) %}
    {% do return(create_csv_table(model, agate_table)) %}
  {% endif %}
  {% do adapter.truncate_relation(old_relation) %}
  {% do return('truncate table ' ~ old_relation.render()) %}
{% endmacro %}

{# Inserts the rows in batches, as bound values; gives the SQL of the first batch, for the log. #}
{% macro load_csv_rows(model, agate_table) %}
  {% do return(adapter.dispatch('load_csv_rows', 'dbt')(model, agate_table)) %}
{% endmacro %}

{% macro default__load_csv_rows(model, agate_table) %}
  {% set columns = get_seed_column_quoted_csv(model, agate_table.column_names) %}
  {% set row = '(' ~ ([get_binding_char()] * (agate_table.column_names | length)) | join(', ') ~ ')' %}
  {% set shown = [] %}
  {% for batch in agate_table.rows | batch(get_batch_size()) %}
    {% set bindings = [] %}
    {% for values in batch %}
      {% do bindings.extend(values) %}
    {% endfor %}
    {% set sql = 'insert into ' ~ this.render() ~ ' (' ~ columns ~ ') values ' ~ ([row] * (batch | length)) | join(', ') %}
    {% do adapter.add_query(sql, bindings=bindings, abridge_sql_log=true) %}
    {% do shown.append(sql) if not shown %}
  {% endfor %}
  {% do return(shown | first | default('')) %}
{% endmacro %}

{# What a seed's log shows. #}
{% macro get_csv_sql(create_or_truncate_sql, insert_sql) %}
  {% do return(adapter.dispatch('get_csv_sql', 'dbt')(create_or_truncate_sql, insert_sql)) %}
{% endmacro %}

{% macro default__get_csv_sql(create_or_truncate_sql, insert_sql) -%}
  {{ create_or_truncate_sql }};
  -- the file's rows follow
  {{ insert_sql }}
{%- endmacro %}

{# How SQL writes a bound value. #}
{% macro get_binding_char() %}
  {% do return(adapter.dispatch('get_binding_char', 'dbt')()) %}
{% endmacro %}

{% macro default__get_binding_char() %}
  {% do return('%s') %}
{% endmacro %}

{# Rows a statement. #}
{% macro get_batch_size() %}
  {% do return(adapter.dispatch('get_batch_size', 'dbt')()) %}
{% endmacro %}

{% macro default__get_batch_size() %}
  {% do return(10000) %}
{% endmacro %}

{% macro get_seed_column_quoted_csv(model, column_names) %}
  {% set quoted = [] %}
  {% for name in column_names %}
    {% do quoted.append(adapter.quote_seed_column(name, model.config.get('quote_columns'))) %}
  {% endfor %}
  {% do return(quoted | join(', ')) %}
{% endmacro %}

{# A seed's table by the macros above, for projects that have their own version of one of them. #}
{% macro build_seed_table(old_relation, full_refresh) %}
  {% set rows = load_agate_table() %}
  {% do store_result('agate_table', response='OK', agate_table=rows) %}
  {% if old_relation is none %}
    {% set made = create_csv_table(model, rows) %}
  {% else %}
    {% set made = reset_csv_table(model, full_refresh, old_relation, rows) %}
  {% endif %}
  {% set loaded = load_csv_rows(model, rows) if rows.rows | length else '' %}
  {% set code = 'CREATE' if full_refresh else 'INSERT' %}
  {% set count = rows.rows | length %}
  {% call noop_statement('main', code ~ ' ' ~ count, code, count) %}{{ get_csv_sql(made, loaded) }}{% endcall %}
{% endmacro %}
