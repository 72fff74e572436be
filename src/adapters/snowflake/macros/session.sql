{# What a node's config sets for the session while the node is at work. #}

{# Returns what `leave_node` needs to put things back. #}
{% macro snowflake__enter_node() %}
  {% set tag = set_query_tag() %}
  {% set warehouse = config.get('snowflake_warehouse') %}
  {% if not warehouse or warehouse == target.get('warehouse') or config.get('materialized') == 'dynamic_table' %}
    {% do return({'tag': tag, 'warehouse': none}) %}
  {% endif %}
  {% set standing = run_query('select current_warehouse()').rows[0][0] %}
  {% do run_query('use warehouse ' ~ warehouse) %}
  {% do return({'tag': tag, 'warehouse': standing or none}) %}
{% endmacro %}

{% macro snowflake__leave_node(standing) %}
  {% if standing['warehouse'] %}
    {% do run_query('use warehouse ' ~ standing['warehouse']) %}
  {% endif %}
  {% do unset_query_tag(standing['tag']) %}
{% endmacro %}

{# Sets the tag that the node's statements show in the query history. Returns the one from before. #}
{% macro set_query_tag() %}
  {% do return(adapter.dispatch('set_query_tag', 'dbt')()) %}
{% endmacro %}

{% macro snowflake__set_query_tag() %}
  {% set tag = config.get('query_tag') %}
  {% if not tag %}
    {% do return(none) %}
  {% endif %}
  {% set standing = get_current_query_tag() %}
  {% do log("Setting query_tag to '" ~ tag ~ "'. Will reset to '" ~ standing ~ "' after materialization.") %}
  {% do run_query('alter session set query_tag = ' ~ string_literal(escape_single_quotes(tag | string))) %}
  {% do return(standing) %}
{% endmacro %}

{% macro get_current_query_tag() %}
  {% set rows = run_query("show parameters like 'query_tag' in session").rows %}
  {% do return(rows[0]['value'] if rows else none) %}
{% endmacro %}

{% macro unset_query_tag(original_query_tag) %}
  {% do return(adapter.dispatch('unset_query_tag', 'dbt')(original_query_tag)) %}
{% endmacro %}

{% macro snowflake__unset_query_tag(original_query_tag) %}
  {% if config.get('query_tag') %}
    {% if original_query_tag %}
      {% do run_query('alter session set query_tag = ' ~ string_literal(escape_single_quotes(original_query_tag | string))) %}
    {% else %}
      {% do run_query('alter session unset query_tag') %}
    {% endif %}
  {% endif %}
{% endmacro %}
