{% macro stamp() %}{{ run_started_at }}{% endmacro %}
