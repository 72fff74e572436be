{% macro note(text) %}insert into {{ target.schema }}.audit values ('{{ text }}'){% endmacro %}
