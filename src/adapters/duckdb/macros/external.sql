{# Models in files: where they are, and how they are written. #}

{# Where a model's file goes that names no `location`. #}
{% macro external_location(relation, config) -%}
  {{ adapter.external_root() }}/{{ relation.identifier }}
  {%- if not config.get('options', {}).get('partition_by') %}.{{ config.get('format', 'parquet') }}{% endif %}
{%- endmacro %}

{# A model's `options`, each rendered, with its `format` and `delimiter` among them. #}
{% macro render_write_options(config) -%}
  {% set options = {} %}
  {% for name, value in (config.get('options') or {}).items() %}
    {% do options.update({name: render(value | string)}) %}
  {% endfor %}
  {% for name in ['format', 'delimiter'] if config.get(name) and name not in options %}
    {% do options.update({name: config.get(name)}) %}
  {% endfor %}
  {% do return(options) %}
{%- endmacro %}

{# Makes views of the files of models that what is selected reads and that are not built now: for a database in memory. #}
{% macro register_upstream_external_models() %}
  {% if execute %}
    {% set inputs = [] %}
    {% for id in selected_resources if id in graph.nodes %}
      {% for input in graph.nodes[id].depends_on.nodes if input not in selected_resources and input not in inputs %}
        {% do inputs.append(input) %}
      {% endfor %}
    {% endfor %}
    {% for input in inputs if input in graph.nodes and graph.nodes[input].config.materialized == 'external' %}
      {% set node = graph.nodes[input] %}
      {% set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) %}
      {% set location = render(node.config.get('location') or external_location(relation, node.config)) %}
      {% set file = adapter.external_read_location(location, render_write_options(node.config)) %}
      {% do create_schema(relation) %}
      {% call statement('main') %}
        create or replace view {{ relation }} as (
          select * from {{ string_literal(escape_single_quotes(file)) }}
        );
      {% endcall %}
    {% endfor %}
    {% if inputs %}{% do adapter.commit() %}{% endif %}
  {% endif %}
{% endmacro %}
