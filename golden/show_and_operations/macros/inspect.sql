{# What templates can ask the adapter and relations. #}
{% macro inspect() %}
  {% set numbers = api.Relation.create(database=target.database, schema=target.schema, identifier='numbers') %}
  {% set rows = list_relations_without_caching(numbers.without_identifier()).rows %}
  {{ log(rows | map(attribute='name') | sort, info=true) }}
  {% set columns_of = adapter.get_columns_in_relation %}
  {{ log(columns_of(numbers) | map(attribute='name') | list, info=true) }}
  {{ log(adapter.get_columns_in_relation(numbers), info=true) }}
  {{ log(numbers.create(schema='s', identifier='i', type=numbers.get_relation_type.View).is_view, info=true) }}
  {{ log(numbers.scd_args(['a', 'b'], 'at'), info=true) }}
  {{ log(adapter.parse_index({'columns': ['n'], 'unique': true}).unique, info=true) }}
  {{ log(numbers.create(identifier='i', type='nothing'), info=true) }}
{% endmacro %}
