{# What a node's relation is called: its alias, else its name, with the version of a versioned model. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) %}
  {% do return(adapter.dispatch('generate_alias_name', 'dbt')(custom_alias_name, node)) %}
{% endmacro %}

{% macro default__generate_alias_name(custom_alias_name=none, node=none) -%}
  {% set version = node.version | default(none) %}
  {%- if custom_alias_name -%}
    {{ custom_alias_name | trim }}
  {%- elif version is not none and version != '' -%}
    {# A dot would read as a separator of name parts. #}
    {{ node.name ~ '_v' ~ (version | string | replace('.', '_')) }}
  {%- else -%}
    {{ node.name }}
  {%- endif -%}
{%- endmacro %}

{# The name of what stands for the latest version of a model. #}
{% macro generate_latest_version_pointer_alias(custom_alias_name=none, node=none) %}
  {% do return(adapter.dispatch('generate_latest_version_pointer_alias', 'dbt')(custom_alias_name, node)) %}
{% endmacro %}

{% macro default__generate_latest_version_pointer_alias(custom_alias_name=none, node=none) %}
  {% do return(custom_alias_name | trim if custom_alias_name else node.name) %}
{% endmacro %}
