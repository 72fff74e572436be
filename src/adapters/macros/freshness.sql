{# How old a source's newest row is: one row of `max_loaded_at` and `snapshotted_at`. #}

{% macro collect_freshness(source, loaded_at_field, filter) %}
  {% do return(adapter.dispatch('collect_freshness', 'dbt')(source, loaded_at_field, filter)) %}
{% endmacro %}

{% macro default__collect_freshness(source, loaded_at_field, filter) %}
  {% call statement('collect_freshness', fetch_result=true, auto_begin=false) %}
    select
      max({{ loaded_at_field }}) as max_loaded_at,
      {{ current_timestamp() }} as snapshotted_at
    from {{ source }}
    {{ 'where ' ~ filter if filter }}
  {% endcall %}
  {% do return(load_result('collect_freshness')) %}
{% endmacro %}

{# `loaded_at_query` gives the newest time itself. #}
{% macro collect_freshness_custom_sql(source, loaded_at_query) %}
  {% do return(adapter.dispatch('collect_freshness_custom_sql', 'dbt')(source, loaded_at_query)) %}
{% endmacro %}

{% macro default__collect_freshness_custom_sql(source, loaded_at_query) %}
  {% call statement('collect_freshness_custom_sql', fetch_result=true, auto_begin=false) %}
    select
      source_query.max_loaded_at,
      {{ current_timestamp() }} as snapshotted_at
    from (
      {{ loaded_at_query }}
    ) as source_query(max_loaded_at)
  {% endcall %}
  {% do return(load_result('collect_freshness_custom_sql')) %}
{% endmacro %}

{# From what the catalog knows of the source, for engines that know when it was changed last. #}
{% macro collect_freshness_of_catalog(source) %}
  {% do return(get_relation_last_modified(source.information_schema(), [source])) %}
{% endmacro %}
