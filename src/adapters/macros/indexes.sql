{# Indexes, as the config `indexes` lists them: mappings of `columns`, `unique` and `type`. #}

{% macro create_indexes(relation) %}
  {% do return(adapter.dispatch('create_indexes', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__create_indexes(relation) %}
  {% for index in config.get('indexes') or [] %}
    {% set sql = get_create_index_sql(relation, index) %}
    {% if sql %}
      {% do run_query(sql) %}
    {% endif %}
  {% endfor %}
{% endmacro %}

{# None for engines without indexes. #}
{% macro get_create_index_sql(relation, index_dict) %}
  {% do return(adapter.dispatch('get_create_index_sql', 'dbt')(relation, index_dict)) %}
{% endmacro %}

{% macro default__get_create_index_sql(relation, index_dict) %}
  {% do return(none) %}
{% endmacro %}

{% macro get_drop_index_sql(relation, index_name) %}
  {% do return(adapter.dispatch('get_drop_index_sql', 'dbt')(relation, index_name)) %}
{% endmacro %}

{% macro default__get_drop_index_sql(relation, index_name) %}
  {% do exceptions.raise_compiler_error('indexes cannot be dropped in ' ~ adapter.type()) %}
{% endmacro %}

{# A query of (name, method, unique, column_names). #}
{% macro get_show_indexes_sql(relation) %}
  {% do return(adapter.dispatch('get_show_indexes_sql', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__get_show_indexes_sql(relation) %}
  {% do exceptions.raise_compiler_error('indexes cannot be listed in ' ~ adapter.type()) %}
{% endmacro %}

{# The name differs each time: the index of the relation that is replaced still has its own. #}
{% macro new_index_name(relation, index_dict) %}
  {% do return(local_md5([
    relation.render(), index_dict.get('columns') | join(','), index_dict.get('unique'), index_dict.get('type'), py_current_timestring()
  ] | join('|'))) %}
{% endmacro %}

{# Stops when an index of the config is not one. #}
{% macro validate_index(index_dict) %}
  {% set columns = index_dict.get('columns') if index_dict is mapping else none %}
  {% if not columns or columns is string %}
    {% do exceptions.raise_compiler_error("Could not parse index config: each of 'indexes' is a mapping with a list of 'columns', and may have 'unique' and 'type'") %}
  {% endif %}
  {% for key in index_dict if key not in ['columns', 'unique', 'type'] %}
    {% do exceptions.raise_compiler_error("Could not parse index config: '" ~ key ~ "' is unknown; an index has 'columns', 'unique' and 'type'") %}
  {% endfor %}
{% endmacro %}
