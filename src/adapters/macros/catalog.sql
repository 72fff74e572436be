{# What `docs generate` shows of relations: a table with a row for each column. #}

{# All relations of the schemas. `information_schema` knows its `database`. #}
{% macro get_catalog(information_schema, schemas) %}
  {% do return(adapter.dispatch('get_catalog', 'dbt')(information_schema, schemas)) %}
{% endmacro %}

{% macro default__get_catalog(information_schema, schemas) %}
  {% do exceptions.raise_not_implemented('get_catalog is not implemented for ' ~ adapter.type()) %}
{% endmacro %}

{# The given relations alone. #}
{% macro get_catalog_relations(information_schema, relations) %}
  {% do return(adapter.dispatch('get_catalog_relations', 'dbt')(information_schema, relations)) %}
{% endmacro %}

{% macro default__get_catalog_relations(information_schema, relations) %}
  {% do exceptions.raise_not_implemented('get_catalog_relations is not implemented for ' ~ adapter.type()) %}
{% endmacro %}

{% macro get_catalog_for_single_relation(relation) %}
  {% do return(adapter.dispatch('get_catalog_for_single_relation', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__get_catalog_for_single_relation(relation) %}
  {% do exceptions.raise_not_implemented('get_catalog_for_single_relation is not implemented for ' ~ adapter.type()) %}
{% endmacro %}

{# A condition that picks schemas, without regard to case. `column` is SQL. #}
{% macro catalog_schemas_condition(column, schemas) -%}
  lower({{ column }}) in (
    {%- for schema in schemas %}lower({{ string_literal(escape_single_quotes(schema)) }}){{ ', ' if not loop.last }}{% else %}null{% endfor -%}
  )
{%- endmacro %}

{# A condition that picks relations; one without an identifier means its whole schema. #}
{% macro catalog_relations_condition(schema_column, name_column, relations) -%}
  (
  {%- for relation in relations %}
    (lower({{ schema_column }}) = lower({{ string_literal(escape_single_quotes(relation.schema)) }})
    {%- if relation.identifier %} and lower({{ name_column }}) = lower({{ string_literal(escape_single_quotes(relation.identifier)) }}){% endif %})
    {{- ' or' if not loop.last }}
  {%- else %}false
  {%- endfor %}
  )
{%- endmacro %}
