{% macro make(name, rows=1) %}
  {% do run_query('create table ' ~ target.schema ~ '.' ~ name ~ ' as select ' ~ rows ~ ' as n') %}
  {% set answer = run_query('select n from ' ~ target.schema ~ '.' ~ name) %}
  {{ log('made ' ~ name ~ ' with ' ~ answer.columns[0].values()[0], info=true) }}
{% endmacro %}
