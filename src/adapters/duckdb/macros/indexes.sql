{% macro duckdb__get_create_index_sql(relation, index_dict) -%}
  {% do validate_index(index_dict) -%}
  create {{ 'unique ' if index_dict.get('unique') }}index {{ adapter.quote(index_name(relation, index_dict)) }}
    on {{ relation.render() }} ({{ index_dict.get('columns') | join(', ') }})
{%- endmacro %}

{% macro duckdb__get_drop_index_sql(relation, index_name) -%}
  drop index if exists {{ relation.incorporate(path={'identifier': index_name}) }}
{%- endmacro %}

{% macro duckdb__get_show_indexes_sql(relation) -%}
  select
    index_name as name,
    'art' as method,
    is_unique as "unique",
    expressions as column_names
  from duckdb_indexes()
  where database_name = {{ string_literal(escape_single_quotes(relation.database)) }}
    and schema_name = {{ string_literal(escape_single_quotes(relation.schema)) }}
    and table_name = {{ string_literal(escape_single_quotes(relation.identifier)) }}
  order by name
{%- endmacro %}

{# A table with indexes can be neither renamed nor altered. #}
{% macro drop_indexes_on_relation(relation) %}
  {% for row in run_query(get_show_indexes_sql(relation)).rows %}
    {% do run_query(get_drop_index_sql(relation, row['name'])) %}
  {% endfor %}
{% endmacro %}
