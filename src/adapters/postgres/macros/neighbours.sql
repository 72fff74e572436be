{# Names have 63 characters at most; the server would cut longer ones without a word. #}

{% macro postgres__make_intermediate_relation(base_relation, suffix) %}
  {% do return(postgres__make_relation_with_suffix(base_relation, suffix, dstring=false)) %}
{% endmacro %}

{% macro postgres__make_backup_relation(base_relation, backup_relation_type, suffix) %}
  {% do return(postgres__make_relation_with_suffix(base_relation, suffix, dstring=false).incorporate(type=backup_relation_type)) %}
{% endmacro %}

{# A temporary table: its schema is the session's. #}
{% macro postgres__make_temp_relation(base_relation, suffix) %}
  {% set temporary = postgres__make_relation_with_suffix(base_relation, suffix, dstring=true) %}
  {% do return(temporary.incorporate(path={'schema': none, 'database': none})) %}
{% endmacro %}

{# `dstring`: whether the time makes the name unique. #}
{% macro postgres__make_relation_with_suffix(base_relation, suffix, dstring) %}
  {% do return(relation_with_suffix(base_relation, suffix ~ (modules.datetime.datetime.now().strftime('%H%M%S%f') if dstring else ''), longest=63)) %}
{% endmacro %}
