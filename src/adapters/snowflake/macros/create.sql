{# Tables and views take the place of what is there in one statement. #}

{# Tables are transient unless `transient: false`: they keep no history beyond a day. Seeds and Iceberg's are not. #}
{% macro snowflake__create_table_as(temporary, relation, compiled_code, language='sql') -%}
  {% if language == 'python' -%}
    {% do return(py_write_table(compiled_code, relation, temporary)) %}
  {%- endif -%}
  {% set contracted = config.get('contract').enforced and not temporary -%}
  {% set cluster_by = none if temporary else snowflake_cluster_keys() -%}
  {% if config.get('contract').enforced %}{{ get_assert_columns_equivalent(compiled_code) }}{% endif -%}
  {{ config.get('sql_header') or '' }}
  create or replace {{ snowflake_table_modifier(temporary) }}table {{ relation.render() }}
  {%- if contracted %} {{ contract_of(relation) }}{% endif %}
  {%- if not temporary %}{{ snowflake_iceberg_options(relation) }}{{ snowflake_relation_options() }}{% endif %}
  as (
    {%- set query = get_select_subquery(compiled_code) if contracted else compiled_code %}
    {% if cluster_by -%}
    select * from (
      {{ query }}
    ) order by ({{ cluster_by }})
    {%- else -%}
    {{ query }}
    {%- endif %}
  );
  {%- if cluster_by %}
  alter {{ snowflake_alter_word(relation) }} {{ relation.render() }} cluster by ({{ cluster_by }});
  {%- if config.get('automatic_clustering') %}
  alter {{ snowflake_alter_word(relation) }} {{ relation.render() }} resume recluster;
  {%- endif %}
  {%- endif %}
{%- endmacro %}

{% macro snowflake_table_modifier(temporary) -%}
  {%- if temporary %}temporary {% elif snowflake_is_iceberg() %}iceberg {% elif config.get('transient', default=model.get('resource_type') != 'seed') %}transient {% endif -%}
{%- endmacro %}

{% macro snowflake_is_iceberg() %}
  {% do return(adapter.build_catalog_relation(model).table_format == 'ICEBERG') %}
{% endmacro %}

{# Where the files of an Iceberg table are kept; nothing for other tables. #}
{% macro snowflake_iceberg_options(relation) -%}
  {%- if snowflake_is_iceberg() %}
  {%- set path = [config.get('base_location_root') or '_dbt', relation.schema, relation.identifier] %}
  {%- if config.get('base_location_subpath') %}{% do path.append(config.get('base_location_subpath')) %}{% endif %}
  {%- set catalog = adapter.build_catalog_relation(model) %}
  {%- set keys = config.get('partition_by') %}
  {%- if keys %}
  partition by ({{ keys if keys is string else keys | join(', ') }})
  {%- endif %}
  {%- if catalog.external_volume %}
  external_volume = {{ string_literal(escape_single_quotes(catalog.external_volume)) }}
  {%- endif %}
  catalog = 'snowflake'
  base_location = {{ string_literal(escape_single_quotes(path | join('/'))) }}
  {%- for property in ['iceberg_version', 'storage_serialization_policy', 'max_data_extension_time_in_days', 'data_retention_time_in_days'] %}
  {%- set value = config.get(property, catalog.get(property)) %}
  {%- if value is not none %}
  {{ property }} = {{ value }}
  {%- endif %}
  {%- endfor %}
  {%- endif %}
{%- endmacro %}

{# The expressions of `cluster_by` as SQL; none without it. #}
{% macro snowflake_cluster_keys() %}
  {% set keys = config.get('cluster_by') %}
  {% if not keys %}
    {% do return(none) %}
  {% endif %}
  {% do return(keys if keys is string else keys | join(', ')) %}
{% endmacro %}

{# What stands between a relation's name or columns and its query. #}
{% macro snowflake_relation_options() -%}
  {%- if config.get('copy_grants') %}
  copy grants
  {%- endif %}
  {%- if config.get('row_access_policy') %}
  with row access policy {{ config.get('row_access_policy') }}
  {%- endif %}
  {%- if config.get('table_tag') %}
  with tag ({{ config.get('table_tag') }})
  {%- endif %}
{%- endmacro %}

{# Comments of a view's columns can only be given when it is created. #}
{% macro snowflake__create_view_as(relation, sql) -%}
  {% if config.get('contract').enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif -%}
  {{ config.get('sql_header') or '' }}
  create or replace {{ 'secure ' if config.get('secure') }}view {{ relation.render() }}
  {{- snowflake_commented_columns(sql) }}
  {{- snowflake_relation_options() }}
  as (
    {{ sql }}
  );
{%- endmacro %}

{# All columns of a query, those that the model describes with their comments; nothing where comments are not kept. #}
{% macro snowflake_commented_columns(sql) -%}
  {% if config.persist_column_docs() and model.columns -%}
  (
    {%- for name in get_columns_in_query(sql) %}
    {%- set described = namespace(text='') %}
    {%- for column in model.columns.values() if column.description and (column.name == name or (not column.get('quote') and column.name | upper == name)) %}
    {%- set described.text = column.description %}
    {%- endfor %}
    {{ adapter.quote(name) }}{{ ' comment ' ~ comment_literal(described.text) if described.text }}{{ ',' if not loop.last }}
    {%- endfor %}
  )
  {%- endif %}
{%- endmacro %}

{% macro snowflake__get_replace_view_sql(relation, sql) %}
  {% do return(get_create_view_as_sql(relation, sql)) %}
{% endmacro %}

{% macro snowflake__get_replace_table_sql(relation, sql) %}
  {% do return(get_create_table_as_sql(false, relation, sql)) %}
{% endmacro %}

{# What is no view goes first. #}
{% macro snowflake__handle_existing_table(full_refresh, old_relation) %}
  {% do adapter.drop_relation(old_relation) %}
{% endmacro %}

{% macro snowflake__can_clone_table() %}
  {% do return(true) %}
{% endmacro %}

{% macro snowflake__create_or_replace_clone(this_relation, defer_relation) -%}
  create or replace {{ snowflake_table_modifier(false) }}table {{ this_relation.render() }} clone {{ defer_relation.render() }}
  {{- ' copy grants' if config.get('copy_grants') }}
{%- endmacro %}

{# The new name would otherwise mean the session's own schema. #}
{% macro snowflake__get_rename_table_sql(relation, new_name) -%}
  alter table {{ relation.render() }} rename to {{ relation.incorporate(path={'identifier': new_name}) }}
{%- endmacro %}

{% macro snowflake__get_rename_view_sql(relation, new_name) -%}
  alter view {{ relation.render() }} rename to {{ relation.incorporate(path={'identifier': new_name}) }}
{%- endmacro %}

{% macro snowflake__get_drop_sql(relation) %}
  {% if relation.is_dynamic_table %}
    {% do return('drop dynamic table if exists ' ~ relation.render()) %}
  {% endif %}
  {% do return(default__get_drop_sql(relation)) %}
{% endmacro %}
