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

{# What an index is called: after its relation, its columns and a digest of all of its config, so that it is found
   again. One of a relation that is yet to take its place gets something more, for the one that it replaces still has
   the name. #}
{% macro index_name(relation, index_dict) %}
  {% set columns = modules.re.sub('[^a-z0-9]+', '_', index_dict.get('columns') | join('_') | lower) %}
  {% set ending = '_ix_' ~ index_digest(index_dict) %}
  {% if relation.identifier != this.identifier %}
    {% set ending = ending ~ '_' ~ local_md5(py_current_timestring() ~ relation.render())[:6] %}
  {% endif %}
  {% set stem = relation.identifier ~ '_' ~ columns %}
  {% do return(cut_to(stem, 63 - (ending | length)) ~ ending) %}
{% endmacro %}

{# A name in so many bytes; one that is cut keeps a digest of the whole. #}
{% macro cut_to(name, bytes) %}
  {% set written = name.encode('utf-8') | length %}
  {% if written <= bytes %}
    {% do return(name) %}
  {% endif %}
  {# A character takes four bytes at most. #}
  {% set room = bytes - 9 if written == name | length else (bytes - 9) // 4 %}
  {% do return(name[:room] ~ '_' ~ local_md5(name)[:8]) %}
{% endmacro %}

{% macro index_digest(index_dict) %}
  {% do return(local_md5([index_dict.get('columns') | join(','), index_dict.get('unique') | default(false, true), index_dict.get('type') | default('', true)] | join('|'))[:8]) %}
{% endmacro %}

{# Brings the indexes of a table to what the config says. Those that the config never made are left alone. #}
{% macro sync_indexes(relation) %}
  {% do return(adapter.dispatch('sync_indexes', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__sync_indexes(relation) %}
  {% set wanted = {} %}
  {% for index in config.get('indexes') or [] %}
    {% do validate_index(index) %}
    {% do wanted.update({index_digest(index): index}) %}
  {% endfor %}
  {% set standing = [] %}
  {% for row in run_query(get_show_indexes_sql(relation)).rows %}
    {% set digest = digest_of_index(row, wanted) %}
    {% if digest in wanted and digest not in standing %}
      {% do standing.append(digest) %}
      {% set name = index_name(relation, wanted[digest]) %}
      {% if name != row['name'] %}
        {% do adapter.dispatch('rename_index', 'dbt')(relation, row['name'], name) %}
      {% endif %}
    {% elif digest %}
      {% do run_query(get_drop_index_sql(relation, row['name'])) %}
    {% endif %}
  {% endfor %}
  {% for digest, index in wanted.items() if digest not in standing %}
    {% set sql = get_create_index_sql(relation, index) %}
    {% if sql %}
      {% do run_query(sql) %}
    {% endif %}
  {% endfor %}
{% endmacro %}

{# The digest that an index's name tells; for the names without meaning that dbt gives, that of the index in the config
   which is the same. None for an index that the config has not made. #}
{% macro digest_of_index(row, wanted) %}
  {% set own = modules.re.match('.*_ix_([0-9a-f]{8})(_[0-9a-f]{6})?$', row['name']) %}
  {% if own %}
    {% do return(own.group(1)) %}
  {% elif not modules.re.match('[0-9a-f]{32}$', row['name']) %}
    {% do return(none) %}
  {% endif %}
  {% for digest, index in wanted.items() %}
    {% if same_index(row, index) %}
      {% do return(digest) %}
    {% endif %}
  {% endfor %}
  {% do return('unknown') %}
{% endmacro %}

{% macro same_index(row, index) %}
  {% set columns = row['column_names'] | replace('"', '') | replace(' ', '') | lower %}
  {% do return(
    columns.strip('[]') == (index.get('columns') | join(',') | replace('"', '') | replace(' ', '') | lower)
    and row['unique'] == (index.get('unique') or false)
    and row['method'] == (index.get('type') or row['method'])
  ) %}
{% endmacro %}

{# Engines that cannot rename one go without. #}
{% macro default__rename_index(relation, name, new_name) %}
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

{# An index by which the rows of a key are found, for a table that is so large that it pays and has none yet. The table
   keeps it. Nothing for engines that find them without. #}
{% macro get_key_index_sql(relation, columns) %}
  {% do return(adapter.dispatch('get_key_index_sql', 'dbt')(relation, columns)) %}
{% endmacro %}

{% macro default__get_key_index_sql(relation, columns) %}
{% endmacro %}

{# For what follows in a transaction and looks for few rows of large tables. #}
{% macro get_lookup_settings_sql() %}
  {% do return(adapter.dispatch('get_lookup_settings_sql', 'dbt')()) %}
{% endmacro %}

{% macro default__get_lookup_settings_sql() %}
{% endmacro %}

{# For what follows in a transaction and joins what was looked up. #}
{% macro get_join_settings_sql() %}
  {% do return(adapter.dispatch('get_join_settings_sql', 'dbt')()) %}
{% endmacro %}

{% macro default__get_join_settings_sql() %}
{% endmacro %}

{# Tells the planner what is in a table that was just filled. #}
{% macro get_analyze_sql(relation, columns) %}
  {% do return(adapter.dispatch('get_analyze_sql', 'dbt')(relation, columns)) %}
{% endmacro %}

{% macro default__get_analyze_sql(relation, columns) %}
{% endmacro %}
