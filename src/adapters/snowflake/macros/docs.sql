{# Descriptions as comments. #}

{% macro snowflake__alter_relation_comment(relation, relation_comment) -%}
  comment on {{ snowflake_table_word(relation) }} {{ relation.render() }} is {{ comment_literal(relation_comment) }};
{%- endmacro %}

{# Null is no comment here: an empty text takes one away. #}
{% macro snowflake__comment_literal(text) -%}
  {{ string_literal(escape_single_quotes(text or '')) }}
{%- endmacro %}

{# A view's columns have theirs from its creation. #}
{% macro snowflake__alter_column_comment(relation, column_dict) -%}
  {% if not relation.is_view %}{{ default__alter_column_comment(relation, column_dict) }}{% endif %}
{%- endmacro %}
