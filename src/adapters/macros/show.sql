{# Previews. #}

{% macro get_show_sql(compiled_code, sql_header, limit) -%}
  {{ sql_header or '' }}
  {{ get_limit_subquery_sql(compiled_code, limit) }}
{%- endmacro %}

{# The query's first rows; all of them when `limit` is none. #}
{% macro get_limit_subquery_sql(sql, limit) %}
  {% do return(adapter.dispatch('get_limit_sql', 'dbt')(sql, limit)) %}
{% endmacro %}

{# Put after the query rather than around it: an order holds. #}
{% macro default__get_limit_sql(sql, limit) -%}
  {{ sql }}
  {{ 'limit ' ~ limit if limit is not none }}
{%- endmacro %}
