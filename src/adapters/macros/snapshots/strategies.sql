{# How a snapshot tells a changed row. A strategy is a macro `snapshot_<name>_strategy` that gives a mapping of SQL:

     unique_key    the key, or a list of keys
     updated_at    when a row of the query changed
     row_changed   a condition over the rows `snapshotted_rel` (stored) and `current_rel` (of the query)
     scd_id        a digest that names a version of a row
     hard_deletes  what becomes of rows that are gone: ignore, invalidate or new_record #}

{% macro strategy_dispatch(name) %}
  {% set parts = name.split('.') %}
  {% set names = context[parts[0]] if parts | length == 2 else context %}
  {% set macro_name = 'snapshot_' ~ parts[-1] ~ '_strategy' %}
  {% if not names or names[macro_name] is not defined %}
    {% do exceptions.raise_compiler_error("unknown snapshot strategy '" ~ name ~ "': there is no macro " ~ macro_name) %}
  {% endif %}
  {% do return(names[macro_name]) %}
{% endmacro %}

{# Rows have changed when their `updated_at` is later than when the stored version began. #}
{% macro snapshot_timestamp_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {% set updated_at = model_config.get('updated_at') %}
  {% if not updated_at %}
    {% do exceptions.raise_compiler_error('the timestamp strategy of a snapshot needs updated_at') %}
  {% endif %}
  {% set valid_from = snapshot_column_names().dbt_valid_from %}
  {% do return(snapshot_strategy(
    model_config, updated_at, '(' ~ snapshotted_rel ~ '.' ~ valid_from ~ ' < ' ~ current_rel ~ '.' ~ updated_at ~ ')'
  )) %}
{% endmacro %}

{# Rows have changed when one of `check_cols` has. #}
{% macro snapshot_check_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {% set updated_at = model_config.get('updated_at') or snapshot_get_time() %}
  {% set added, columns = snapshot_check_all_get_existing_columns(node, target_exists, model_config.get('check_cols')) %}
  {% set changes = ['true'] if added else [] %}
  {% for column in columns if not added %}
    {% do changes.append(snapshotted_rel ~ '.' ~ column ~ ' is distinct from ' ~ current_rel ~ '.' ~ column) %}
  {% endfor %}
  {% do return(snapshot_strategy(model_config, updated_at, '(' ~ (changes | join(' or ') or 'false') ~ ')')) %}
{% endmacro %}

{% macro snapshot_strategy(model_config, updated_at, row_changed) %}
  {% set unique_key = model_config.get('unique_key') %}
  {% set hard_deletes = snapshot_hard_deletes(model_config) %}
  {% set keys = [unique_key] if unique_key is string else (unique_key | list) %}
  {% do return({
    'unique_key': unique_key,
    'updated_at': updated_at,
    'row_changed': row_changed,
    'scd_id': snapshot_hash_arguments(keys + [updated_at]),
    'invalidate_hard_deletes': hard_deletes == 'invalidate',
    'hard_deletes': hard_deletes,
  }) %}
{% endmacro %}

{# `invalidate_hard_deletes` is the name of old for `hard_deletes: invalidate`. #}
{% macro snapshot_hard_deletes(model_config) %}
  {% set hard_deletes = model_config.get('hard_deletes') %}
  {% set invalidate = model_config.get('invalidate_hard_deletes') %}
  {% if invalidate and hard_deletes %}
    {% do exceptions.raise_compiler_error('a snapshot can set hard_deletes or invalidate_hard_deletes, not both') %}
  {% endif %}
  {% set chosen = hard_deletes or ('invalidate' if invalidate else 'ignore') %}
  {% if chosen not in ['ignore', 'invalidate', 'new_record'] %}
    {% do exceptions.raise_compiler_error("hard_deletes of a snapshot is ignore, invalidate or new_record, not '" ~ chosen ~ "'") %}
  {% endif %}
  {% do return(chosen) %}
{% endmacro %}

{# [whether the stored table lacks one of the columns to compare, those it has, in quotes]. #}
{% macro snapshot_check_all_get_existing_columns(node, target_exists, check_cols_config) %}
  {% if check_cols_config == 'all' %}
    {% set wanted = get_columns_in_query(compiled_code) %}
  {% elif check_cols_config is string or not check_cols_config %}
    {% do exceptions.raise_compiler_error("check_cols of a snapshot is 'all' or a list of columns, not '" ~ check_cols_config ~ "'") %}
  {% else %}
    {% set wanted = check_cols_config %}
  {% endif %}

  {% set stored = {} %}
  {% if target_exists %}
    {% for column in adapter.get_columns_in_relation(load_cached_relation(this)) %}
      {% do stored.update({column.name | lower: column.name}) %}
    {% endfor %}
  {% endif %}

  {% set columns = [] %}
  {% set seen = namespace(added=false) %}
  {% for name in wanted %}
    {% if not target_exists %}
      {% do columns.append(adapter.quote(name)) %}
    {% elif name | lower in stored %}
      {% do columns.append(adapter.quote(stored[name | lower])) %}
    {% else %}
      {% set seen.added = true %}
    {% endif %}
  {% endfor %}
  {% do return([seen.added, columns]) %}
{% endmacro %}

{% macro snapshot_hash_arguments(args) %}
  {% do return(adapter.dispatch('snapshot_hash_arguments', 'dbt')(args)) %}
{% endmacro %}

{# The parts are joined by `|`. What would read as the end of a part, or as a null, is written with a `^`, so that
   different parts never give the same text; other texts are as dbt hashes them. #}
{% macro default__snapshot_hash_arguments(args) -%}
  md5(
    {%- for arg in args -%}
    coalesce(replace(replace(cast({{ arg }} as varchar), '^', '^^'), '|', '^|'), '^N'){{ " || '|' || " if not loop.last }}
    {%- endfor -%}
  )
{%- endmacro %}
