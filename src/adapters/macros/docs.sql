{# Descriptions as comments in the database. #}

{% macro persist_docs(relation, model, for_relation=true, for_columns=true) %}
  {% do return(adapter.dispatch('persist_docs', 'dbt')(relation, model, for_relation, for_columns)) %}
{% endmacro %}

{% macro default__persist_docs(relation, model, for_relation, for_columns) %}
  {% if for_relation and config.persist_relation_docs() and model.description %}
    {% do run_query(alter_relation_comment(relation, model.description)) %}
  {% endif %}
  {% if for_columns and config.persist_column_docs() and model.columns %}
    {% set existing = adapter.get_columns_in_relation(relation) | map(attribute='name') | list %}
    {% set columns = validate_doc_columns(relation, model.columns, existing) %}
    {% if columns %}
      {% do run_query(alter_column_comment(relation, columns)) %}
    {% endif %}
  {% endif %}
{% endmacro %}

{# The described columns that exist, with a warning about the others. Quoted names mind their case. #}
{% macro validate_doc_columns(relation, column_dict, existing_column_names) %}
  {% set folded = existing_column_names | map('lower') | list %}
  {% set known = {} %}
  {% set missing = [] %}
  {% for name, column in column_dict.items() %}
    {% if name in existing_column_names or (not column.get('quote') and name | lower in folded) %}
      {% do known.update({name: column}) %}
    {% else %}
      {% do missing.append(name) %}
    {% endif %}
  {% endfor %}
  {% if missing %}
    {% do exceptions.warn(
      'In relation ' ~ relation.render() ~ ': The following columns are specified in the schema but are not present in the database: ' ~ missing | join(', ')
    ) %}
  {% endif %}
  {% do return(known) %}
{% endmacro %}

{% macro alter_relation_comment(relation, relation_comment) %}
  {% do return(adapter.dispatch('alter_relation_comment', 'dbt')(relation, relation_comment)) %}
{% endmacro %}

{% macro default__alter_relation_comment(relation, relation_comment) -%}
  comment on {{ relation.type | replace('_', ' ') }} {{ relation.render() }} is {{ comment_literal(relation_comment) }};
{%- endmacro %}

{# `column_dict`: the node's columns by name. #}
{% macro alter_column_comment(relation, column_dict) %}
  {% do return(adapter.dispatch('alter_column_comment', 'dbt')(relation, column_dict)) %}
{% endmacro %}

{% macro default__alter_column_comment(relation, column_dict) -%}
  {% set existing = adapter.get_columns_in_relation(relation) | map(attribute='name') | list %}
  {%- for name, column in column_dict.items() %}
    {%- for stored in existing if stored == name or (not column.get('quote') and stored | lower == name | lower) %}
  comment on column {{ relation.render() }}.{{ adapter.quote(stored) }} is {{ comment_literal(column.description) }};
    {%- endfor %}
  {%- endfor %}
{%- endmacro %}

{# No text takes away the comment that may stand. #}
{% macro comment_literal(text) %}
  {% do return(adapter.dispatch('comment_literal', 'dbt')(text)) %}
{% endmacro %}

{% macro default__comment_literal(text) -%}
  {{ string_literal(escape_single_quotes(text)) if text else 'null' }}
{%- endmacro %}
