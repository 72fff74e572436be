{# What the program does for a materialization of its own, as macros: for projects and packages that wrap one, by
   `dbt.materialization_view_default()` and its like. #}

{% materialization view, default %}
  {% do return(dbt.materialize(this.incorporate(type='view'))) %}
{% endmaterialization %}

{% materialization table, default %}
  {% do return(dbt.materialize(this.incorporate(type='table'))) %}
{% endmaterialization %}

{% materialization materialized_view, default %}
  {% set target = this.incorporate(type='materialized_view') %}
  {% set existing = load_cached_relation(this) %}
  {% set aside = make_intermediate_relation(target) %}
  {% set backup = make_backup_relation(target, existing.type if existing else target.type) %}
  {% do materialized_view_setup(backup, aside, pre_hooks) %}
  {% set build_sql = materialized_view_get_build_sql(existing, target, backup, aside) %}
  {% if build_sql | string | trim %}
    {% do materialized_view_execute_build_sql(build_sql, existing, target, post_hooks) %}
  {% else %}
    {% do materialized_view_execute_no_op(target) %}
  {% endif %}
  {% do materialized_view_teardown(backup, aside, post_hooks) %}
  {% do return({'relations': [target]}) %}
{% endmaterialization %}

{% materialization function, default, supported_languages=['sql', 'python'] %}
  {% set target = this.incorporate(type='function') %}
  {% set existing = load_cached_relation(this) %}
  {% do run_hooks(pre_hooks) %}
  {% set name = (config.get('type') or 'scalar') ~ '_function_' ~ model.language %}
  {% do function_execute_build_sql(context[name](target), existing, target) %}
  {% do run_hooks(post_hooks) %}
  {% do return({'relations': [target]}) %}
{% endmaterialization %}

{% materialization snapshot, default %}
  {% set exists, target = get_or_create_relation(model.database, model.schema, model.alias, 'table') %}
  {% if not target.is_table %}
    {% do exceptions.relation_wrong_type(target, 'table') %}
  {% endif %}
  {% do run_hooks(pre_hooks, inside_transaction=false) %}
  {% do run_hooks(pre_hooks, inside_transaction=true) %}
  {% set strategy = strategy_dispatch(config.get('strategy'))(model, 'snapshotted_data', 'source_data', model.config, exists) %}
  {% do dbt.take_snapshot(target, strategy, exists) %}
  {% do apply_grants(target, config.get('grants'), should_revoke(exists, full_refresh_mode=false)) %}
  {% do persist_docs(target, model) %}
  {% if not exists %}
    {% do create_indexes(target) %}
  {% endif %}
  {% do run_hooks(post_hooks, inside_transaction=true) %}
  {% do adapter.commit() %}
  {% do run_hooks(post_hooks, inside_transaction=false) %}
  {% do return({'relations': [target]}) %}
{% endmaterialization %}

{# What an earlier run built elsewhere: a clone where the engine can, else a view of it. What is there stays. #}
{% materialization clone, default %}
  {% set existing = load_cached_relation(this) %}
  {% if not defer_relation or (existing and not flags.FULL_REFRESH) %}
    {% do log('nothing to clone for ' ~ model.unique_id, info=true) %}
    {% do return({'relations': []}) %}
  {% endif %}
  {% set original = load_cached_relation(defer_relation) %}
  {% set clones = original and original.is_table and can_clone_table() %}
  {% set target = this.incorporate(type='table' if clones else 'view') %}
  {% do drop_relation_if_exists(existing) %}
  {% call statement('main') %}
    {{ create_or_replace_clone(target, defer_relation) if clones else get_create_view_as_sql(target, 'select * from ' ~ defer_relation) }}
  {% endcall %}
  {% do apply_grants(target, config.get('grants'), should_revoke(existing, full_refresh_mode=true)) %}
  {% do persist_docs(target, model) %}
  {% do adapter.commit() %}
  {% do return({'relations': [target]}) %}
{% endmaterialization %}

{% materialization incremental, default %}
  {% set existing = load_cached_relation(this) %}
  {% set adds = existing is not none and not existing.is_view and not should_full_refresh() %}
  {% do return(dbt.materialize(this.incorporate(type='table'), dbt.add_rows if adds else none)) %}
{% endmaterialization %}

{% materialization seed, default %}
  {% set existing = load_cached_relation(this) %}
  {% if existing is not none and existing.is_view %}
    {% do exceptions.raise_compiler_error("Cannot seed to '" ~ existing.render() ~ "', it is a view") %}
  {% endif %}
  {% do return(dbt.materialize(this.incorporate(type='table'), dbt.load_seed)) %}
{% endmaterialization %}

{# Builds the node's relation inside a transaction, its hooks around and in it. `build` is a macro that takes the relation
   and the existing one; without it the relation is built anew from the node's query. #}
{% macro materialize(target, build=none) %}
  {% set existing = load_cached_relation(this) %}
  {% do run_hooks(pre_hooks, inside_transaction=false) %}
  {% do run_hooks(pre_hooks, inside_transaction=true) %}
  {% if build is none %}
    {% do dbt.build_anew(target, existing) %}
  {% else %}
    {% do build(target, existing) %}
  {% endif %}
  {% do apply_grants(target, config.get('grants'), should_revoke(existing, full_refresh_mode=build is none)) %}
  {% do persist_docs(target, model) %}
  {% do run_hooks(post_hooks, inside_transaction=true) %}
  {% do adapter.commit() %}
  {% do run_hooks(post_hooks, inside_transaction=false) %}
  {% do return({'relations': [target]}) %}
{% endmacro %}

{# Builds aside, then takes the place of what is there. #}
{% macro build_anew(target, existing) %}
  {% set aside = make_intermediate_relation(target) %}
  {% do drop_relation_if_exists(load_cached_relation(aside)) %}
  {% call statement('main') %}{{ get_create_sql(aside, sql) }}{% endcall %}
  {% do drop_relation_if_exists(existing) %}
  {% do adapter.rename_relation(aside, target) %}
  {% if target.is_table %}
    {% do create_indexes(target) %}
  {% endif %}
{% endmacro %}

{# Adds the rows of an incremental model's query to its table. #}
{% macro add_rows(target, existing) %}
  {% set rows = make_temp_relation(target) %}
  {% do run_query(get_create_table_as_sql(true, rows, sql)) %}
  {% set widen = not config.get('contract').enforced %}
  {% set columns = dbt.columns_to_write(config.get('on_schema_change') or 'ignore', rows, existing, widen) %}
  {% set strategy = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') %}
  {% call statement('main') %}
    {{ strategy({
      'target_relation': target,
      'temp_relation': rows,
      'unique_key': config.get('unique_key'),
      'dest_columns': columns,
      'incremental_predicates': config.get('predicates') or config.get('incremental_predicates'),
    }) }}
  {% endcall %}
  {% do adapter.drop_relation(rows) %}
{% endmacro %}

{# Writes a snapshot's first versions, or what changed since. #}
{% macro take_snapshot(target, strategy, exists) %}
  {% if not exists %}
    {% call statement('main') %}{{ create_table_as(false, target, build_snapshot_table(strategy, sql)) }}{% endcall %}
    {% do return(none) %}
  {% endif %}
  {% do adapter.assert_valid_snapshot_target_given_strategy(target, get_snapshot_table_column_names(), strategy) %}
  {% set staging = build_snapshot_staging_table(strategy, sql, target) %}
  {% do adapter.expand_target_column_types(staging, target) %}
  {% set own = ['dbt_change_type', 'dbt_unique_key'] %}
  {% for key in (strategy.unique_key if strategy.unique_key is not string else []) %}
    {% do own.append('dbt_unique_key_' ~ loop.index) %}
  {% endfor %}
  {% set new = [] %}
  {% for column in adapter.get_missing_columns(staging, target) if column.name | lower not in own %}
    {% do new.append(column) %}
  {% endfor %}
  {% do create_columns(target, new) %}
  {% set written = [] %}
  {% for column in adapter.get_columns_in_relation(staging) if column.name | lower not in own %}
    {% do written.append(adapter.quote(column.name)) %}
  {% endfor %}
  {% call statement('main') %}{{ snapshot_merge_sql(target, staging, written) }}{% endcall %}
  {% do post_snapshot(staging) %}
  {% do adapter.drop_relation(staging) %}
{% endmacro %}

{# Loads a seed's file; a table that is made for it gets its indexes. #}
{% macro load_seed(target, existing) %}
  {% do dbt.build_seed_table(existing, should_full_refresh()) %}
  {% if existing is none or should_full_refresh() %}
    {% do create_indexes(target) %}
  {% endif %}
{% endmacro %}

{# Counts the rows that a data test's query gives, where they are stored if they are. #}
{% materialization test, default %}
  {% set rows = get_limit_subquery_sql(sql, config.get('limit')) %}
  {% set stored = [] %}
  {% if should_store_failures() %}
    {% set kind = config.get('store_failures_as') or 'table' %}
    {% if kind not in ['table', 'view'] %}
      {% do exceptions.raise_compiler_error(
        "'" ~ kind ~ "' is not a valid value for `store_failures_as`. Accepted values are: ['ephemeral', 'table', 'view']"
      ) %}
    {% endif %}
    {% set target = this.incorporate(type=kind) %}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement(auto_begin=true) %}{{ get_create_sql(target, rows) }}{% endcall %}
    {% do adapter.commit() %}
    {% do stored.append(target) %}
    {% set rows = 'select * from ' ~ target %}
  {% endif %}
  {% call statement('main', fetch_result=true) %}
    {{ get_test_sql(rows, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit=none) }}
  {% endcall %}
  {% do return({'relations': stored}) %}
{% endmaterialization %}
