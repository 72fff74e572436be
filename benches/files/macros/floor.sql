{# What DuckDB does alone. #}
{% macro by_csv() %}{{ made_of("read_csv('data/n.csv', header = true, columns = " ~ typed() ~ ")") }}{% endmacro %}

{% macro by_json() %}
  {{ made_of("read_json('data/n.jsonl', format = 'newline_delimited', columns = " ~ typed() ~ ")") }}
{% endmacro %}

{% macro typed() %}
  {{- "{id: 'bigint', name: 'text', amount: 'decimal(18, 2)', day: 'date', note: 'text'}" -}}
{% endmacro %}

{% macro made_of(rows) %}
  {% do run_query('create schema if not exists files_bench') %}
  {% do run_query('create or replace table files_bench.made as select * from ' ~ rows) %}
  {% do adapter.commit() %}
{% endmacro %}
