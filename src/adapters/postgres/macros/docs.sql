{# A text as a literal. #}
{% macro postgres_escape_comment(comment) %}
  {% if comment is not string %}
    {% do exceptions.raise_compiler_error('a description is a text, not ' ~ comment) %}
  {% endif %}
  {% do return(string_literal(escape_single_quotes(comment))) %}
{% endmacro %}
