{# Tables have no indexes. #}
{% macro snowflake__sync_indexes(relation) %}
{% endmacro %}
