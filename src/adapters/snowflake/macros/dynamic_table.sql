{# Tables that Snowflake keeps up to date with their query. #}

{% materialization dynamic_table, adapter='snowflake' %}
  {% set target_table = this.incorporate(type='dynamic_table') %}
  {% set existing = load_cached_relation(this) %}
  {% do run_hooks(pre_hooks) %}

  {% set build = snowflake_dynamic_table_sql(target_table, existing, sql) %}
  {% if build | trim %}
    {% call statement('main') %}{{ build }}{% endcall %}
    {% do apply_grants(target_table, config.get('grants'), should_revoke(existing, full_refresh_mode=true)) %}
    {% do persist_docs(target_table, model) %}
  {% else %}
    {% do store_raw_result(name='main', message='skip ' ~ target_table, code='skip', rows_affected='-1') %}
  {% endif %}
  {% if snowflake_dynamic_table_scheduler() | upper == 'DISABLE' %}
    {% call statement('refresh') %}{{ snowflake__refresh_dynamic_table(target_table) }}{% endcall %}
  {% endif %}

  {% do run_hooks(post_hooks) %}
  {% do return({'relations': [target_table]}) %}
{% endmaterialization %}

{# What is to be done: create, replace, change, or nothing. #}
{% macro snowflake_dynamic_table_sql(relation, existing, sql) %}
  {% if existing is none %}
    {% do return(snowflake__get_create_dynamic_table_as_sql(relation, sql)) %}
  {% elif existing.is_dynamic_table and not should_full_refresh() %}
    {% do return(snowflake_dynamic_table_update_sql(relation, existing, sql)) %}
  {% elif not existing.is_dynamic_table %}
    {% do adapter.drop_relation(existing) %}
  {% endif %}
  {% do return(snowflake__get_replace_dynamic_table_sql(relation, sql)) %}
{% endmacro %}

{# Changes of the config, as `on_configuration_change` says. #}
{% macro snowflake_dynamic_table_update_sql(relation, existing, sql) %}
  {% set changes = snowflake__get_dynamic_table_configuration_changes(existing, config) %}
  {% set policy = config.get('on_configuration_change') or 'apply' %}
  {% if changes is none %}
    {% do return('') %}
  {% elif policy == 'apply' %}
    {% do return(snowflake__get_alter_dynamic_table_as_sql(existing, changes, relation, sql)) %}
  {% elif policy == 'continue' %}
    {% do exceptions.warn('Configuration changes were identified and `on_configuration_change` was set to `continue` for `' ~ relation ~ '`') %}
    {% do return('') %}
  {% elif policy == 'fail' %}
    {% do exceptions.raise_fail_fast_error('Configuration changes were identified and `on_configuration_change` was set to `fail` for `' ~ relation ~ '`') %}
  {% endif %}
  {% do exceptions.raise_compiler_error("on_configuration_change is one of apply, continue and fail, not '" ~ policy ~ "'") %}
{% endmacro %}

{% macro snowflake__get_create_dynamic_table_as_sql(relation, sql) -%}
  create {{ snowflake_dynamic_table_definition(relation, sql) }}
{%- endmacro %}

{% macro snowflake__get_replace_dynamic_table_sql(relation, sql) -%}
  create or replace {{ snowflake_dynamic_table_definition(relation, sql) }}
{%- endmacro %}

{% macro snowflake_dynamic_table_definition(relation, sql) -%}
  {{ 'transient ' if config.get('transient') and not snowflake_is_iceberg() }}dynamic {{ 'iceberg ' if snowflake_is_iceberg() }}table {{ relation.render() }}
  {%- if config.get('target_lag') %}
  target_lag = {{ string_literal(escape_single_quotes(config.get('target_lag'))) }}
  {%- endif %}
  warehouse = {{ snowflake_dynamic_table_warehouse() }}
  {%- for option in ['initialization_warehouse', 'refresh_mode', 'initialize'] %}
  {%- set value = config.get('snowflake_' ~ option) or config.get(option) %}
  {%- if value %}
  {{ option }} = {{ value }}
  {%- endif %}
  {%- endfor %}
  {%- if snowflake_dynamic_table_scheduler() %}
  scheduler = '{{ snowflake_dynamic_table_scheduler() }}'
  {%- endif %}
  {{- snowflake_iceberg_options(relation) }}
  {{- snowflake_relation_options() }}
  {%- if snowflake_cluster_keys() %}
  cluster by ({{ snowflake_cluster_keys() }})
  {%- endif %}
  {%- if config.get('immutable_where') %}
  immutable where ({{ config.get('immutable_where') }})
  {%- endif %}
  as (
    {{ sql }}
  )
{%- endmacro %}

{# The warehouse that refreshes the table. #}
{% macro snowflake_dynamic_table_warehouse() %}
  {% set warehouse = config.get('refresh_warehouse') or config.get('snowflake_warehouse') or target.get('warehouse') %}
  {% if not warehouse %}
    {% do exceptions.raise_compiler_error('a dynamic table needs a warehouse: set snowflake_warehouse in its config, or warehouse in the profile') %}
  {% endif %}
  {% do return(warehouse) %}
{% endmacro %}

{# Without a lag there is nothing that Snowflake could keep to: the table is refreshed by each run. #}
{% macro snowflake_dynamic_table_scheduler() %}
  {% do return(config.get('scheduler') or ('' if config.get('target_lag') else 'DISABLE')) %}
{% endmacro %}

{% macro snowflake__refresh_dynamic_table(relation) -%}
  alter dynamic table {{ relation.render() }} refresh
{%- endmacro %}

{# What the config says otherwise than the table that stands; none when nothing. #}
{% macro snowflake__get_dynamic_table_configuration_changes(existing_relation, new_config) %}
  {% set found = snowflake_describe_dynamic_table(existing_relation) %}
  {% if found is none %}
    {% do return({'requires_full_refresh': true}) %}
  {% endif %}
  {% set changes = {} %}
  {% if new_config.get('target_lag') and new_config.get('target_lag') | lower != found.target_lag | lower %}
    {% do changes.update({'target_lag': new_config.get('target_lag')}) %}
  {% endif %}
  {% if snowflake_dynamic_table_warehouse() | upper != found.warehouse | upper %}
    {% do changes.update({'warehouse': snowflake_dynamic_table_warehouse()}) %}
  {% endif %}
  {% set mode = (new_config.get('refresh_mode') or 'AUTO') | upper %}
  {# A table that was left to choose shows what it chose. #}
  {% if mode != 'AUTO' and mode != found.refresh_mode | upper %}
    {% do changes.update({'requires_full_refresh': true}) %}
  {% endif %}
  {% do return(changes or none) %}
{% endmacro %}

{% macro snowflake_describe_dynamic_table(relation) %}
  {% set rows = run_query(
    'show dynamic tables like ' ~ string_literal(escape_single_quotes(relation.identifier))
    ~ ' in schema ' ~ relation.without_identifier()
  ) %}
  {% for row in rows if row['name'] == relation.identifier %}
    {% do return({'target_lag': row['target_lag'] or '', 'warehouse': row['warehouse'] or '', 'refresh_mode': row['refresh_mode'] or ''}) %}
  {% endfor %}
  {% do return(none) %}
{% endmacro %}

{% macro snowflake__get_alter_dynamic_table_as_sql(existing_relation, configuration_changes, target_relation, sql) -%}
  {% if configuration_changes['requires_full_refresh'] -%}
  {{ snowflake__get_replace_dynamic_table_sql(target_relation, sql) }}
  {%- else -%}
  alter dynamic table {{ target_relation.render() }} set
  {%- if configuration_changes['target_lag'] %}
    target_lag = {{ string_literal(escape_single_quotes(configuration_changes['target_lag'])) }}
  {%- endif %}
  {%- if configuration_changes['warehouse'] %}
    warehouse = {{ configuration_changes['warehouse'] }}
  {%- endif %}
  {%- endif %}
{%- endmacro %}
