{# Materialized views. Of their configuration only the indexes can change; anything else is in the query. #}

{% macro postgres__get_create_materialized_view_as_sql(relation, sql) -%}
  {{ config.get('sql_header') or '' }}
  create materialized view if not exists {{ relation.render() }} as
  {{ sql }};
  {%- for index in config.get('indexes') or [] %}
  {{ get_create_index_sql(relation, index) }};
  {%- endfor %}
{%- endmacro %}

{% macro postgres__refresh_materialized_view(relation) -%}
  refresh materialized view {{ relation.render() }}
{%- endmacro %}

{# The existing indexes: a table of (name, method, unique, column_names). #}
{% macro postgres__describe_materialized_view(relation) %}
  {% do return({'indexes': run_query(get_show_indexes_sql(relation))}) %}
{% endmacro %}

{# {requires_full_refresh, indexes: [{action: drop or create, context: the index}]}, or none. #}
{% macro postgres__get_materialized_view_configuration_changes(existing_relation, new_config) %}
  {% set wanted = {} %}
  {% for index in new_config.get('indexes') or [] %}
    {% do validate_index(index) %}
    {% do wanted.update({postgres__index_key(index.get('columns'), index.get('unique'), index.get('type')): index}) %}
  {% endfor %}

  {% set changes = [] %}
  {% set standing = [] %}
  {% for row in postgres__describe_materialized_view(existing_relation).indexes.rows %}
    {% set key = postgres__index_key(row['column_names'].split(','), row['unique'], row['method']) %}
    {% do standing.append(key) %}
    {% if key not in wanted %}
      {% do changes.append({'action': 'drop', 'context': {'name': row['name']}}) %}
    {% endif %}
  {% endfor %}
  {% for key, index in wanted.items() if key not in standing %}
    {% do changes.append({'action': 'create', 'context': index}) %}
  {% endfor %}
  {% do return({'requires_full_refresh': false, 'indexes': changes} if changes else none) %}
{% endmacro %}

{# What makes two indexes the same. #}
{% macro postgres__index_key(columns, unique, type) %}
  {% do return((columns | map('trim') | map('replace', '"', '') | map('lower') | join(',')) ~ '|' ~ (unique or false) ~ '|' ~ ((type or 'btree') | lower)) %}
{% endmacro %}

{% macro postgres__get_alter_materialized_view_as_sql(relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation) %}
  {% do log('Applying ALTER to: ' ~ relation) %}
  {% if configuration_changes.requires_full_refresh %}
    {% do return(get_replace_sql(existing_relation, relation, sql)) %}
  {% endif %}
  {% do return(postgres__update_indexes_on_materialized_view(relation, configuration_changes.indexes)) %}
{% endmacro %}

{% macro postgres__update_indexes_on_materialized_view(relation, index_changes) -%}
  {% for change in index_changes %}
    {%- if change.action == 'drop' %}
  {{ get_drop_index_sql(relation, change.context.name) }};
    {%- else %}
  {{ get_create_index_sql(relation, change.context) }};
    {%- endif %}
  {%- endfor %}
{%- endmacro %}
