{# Carries out what `snapshot_changes` found. #}

{# The changes of some kinds, under names that no column of the table has: those of the table can then stand alone. #}
{% macro snapshot_changes_of(kinds, changes, columns=[]) -%}
  (
    select
      {%- for column in columns %}
      {{ column.quoted }} as sqlbuild_new_{{ loop.index }},
      {%- endfor %}
      {{ snapshot_key_list() }}, sqlbuild_seen, sqlbuild_from, sqlbuild_until
    from {{ changes }}
    where dbt_change_type in ({% for kind in kinds %}'{{ kind }}'{{ ', ' if not loop.last }}{% endfor %})
  ) as change
{%- endmacro %}

{# A version is known by its key and its beginning. #}
{% macro snapshot_same_version(facts) -%}
  {{ snapshot_key_of_change(facts) }}
    and recorded.{{ snapshot_column_names().dbt_valid_from }} is not distinct from change.sqlbuild_from
{%- endmacro %}

{% macro snapshot_key_of_change(facts) -%}
  {% set of_change = [] %}
  {%- for name in snapshot_keys() %}{% do of_change.append('change.' ~ name) %}{% endfor %}
  {{- snapshot_key_equals(facts, snapshot_keys().values() | list, of_change) }}
{%- endmacro %}

{# New versions as rows of the table, in the order of the batch. #}
{% macro snapshot_new_versions(facts, changes) -%}
  {% set columns = snapshot_column_names() -%}
  {%- set current = config.get('dbt_valid_to_current') -%}
  select
    {%- for column in facts.columns if column.batch %}
    {{ column.quoted }},
    {%- endfor %}
    sqlbuild_version as {{ columns.dbt_scd_id }},
    sqlbuild_seen as {{ columns.dbt_updated_at }},
    sqlbuild_from as {{ columns.dbt_valid_from }},
    {% if current %}coalesce(sqlbuild_until, cast({{ current }} as {{ facts.time_type }})){% else %}sqlbuild_until{% endif %} as {{ columns.dbt_valid_to }}
    {%- if snapshot_records_deletes() %},
    case when sqlbuild_gone then 'True' else 'False' end as {{ columns.dbt_is_deleted }}
    {%- endif %}
  from {{ changes }}
  where dbt_change_type = 'insert'
  order by sqlbuild_position
{%- endmacro %}

{# Ends versions, takes away those that are none, then adds the new ones. #}
{% macro snapshot_record(facts, changes, target, unrecorded=none) -%}
  {% set columns = snapshot_column_names() -%}
  {%- set current = config.get('dbt_valid_to_current') -%}
  update {{ target }} as recorded
  set {{ columns.dbt_valid_to }} = {% if current %}coalesce(change.sqlbuild_until, cast({{ current }} as {{ facts.time_type }})){% else %}change.sqlbuild_until{% endif %}
  from {{ snapshot_changes_of(['update', 'delete'], changes) }}
  where {{ snapshot_same_version(facts) }}
    {#- Where none is put between others, those that end are current. #}
    {%- if config.get('late_arriving') != 'restitch' %}
    and {{ snapshot_is_current('recorded') }}
    {%- endif %};

  {% if unrecorded -%}
  delete from {{ target }} as recorded
  using {{ snapshot_changes_of(['merge'], changes) }}
  where {{ snapshot_same_version(facts) }};

  delete from {{ unrecorded }} as recorded
  using {{ snapshot_changes_of(['recall'], changes) }}
  where recorded.sqlbuild_seen = change.sqlbuild_seen and {{ snapshot_key_of_change(facts) }};

  insert into {{ unrecorded }} (
    {%- for column in facts.columns if column.batch %}{{ column.quoted }}, {% endfor -%}
    sqlbuild_seen, sqlbuild_gone
  )
  select {% for column in facts.columns if column.batch %}{{ column.quoted }}, {% endfor %}sqlbuild_from, sqlbuild_gone
  from {{ changes }}
  where dbt_change_type = 'remember';

  {% endif -%}
  insert into {{ target }} (
    {%- for column in facts.columns if column.batch %}{{ column.quoted }}, {% endfor -%}
    {{ columns.dbt_scd_id }}, {{ columns.dbt_updated_at }}, {{ columns.dbt_valid_from }}, {{ columns.dbt_valid_to }}
    {%- if snapshot_records_deletes() %}, {{ columns.dbt_is_deleted }}{% endif -%}
  )
  {{ snapshot_new_versions(facts, changes) }}
{%- endmacro %}

{# Writes the newest values to columns that keep no history: `type1_cols` in all versions, new ones in the current. #}
{% macro snapshot_overwrite(facts, changes, target, unrecorded=none) -%}
  {% set overwritten = facts.columns | selectattr('type1') | list %}
  {%- set filled = facts.columns | selectattr('filled') | list -%}
  {%- if overwritten -%}
  update {{ target }} as recorded
  set {% for column in overwritten %}{{ column.quoted }} = change.sqlbuild_new_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
  from {{ snapshot_changes_of(['overwrite'], changes, overwritten) }}
  where {{ snapshot_key_of_change(facts) }}
    and ({% for column in overwritten %}{{ snapshot_value_differs(column, 'recorded.' ~ column.quoted, 'change.sqlbuild_new_' ~ loop.index) }}{{ ' or ' if not loop.last }}{% endfor %});
  {% endif -%}
  {%- if filled -%}
  update {{ target }} as recorded
  set {% for column in filled %}{{ column.quoted }} = change.sqlbuild_new_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
  from {{ snapshot_changes_of(['fill'], changes, filled) }}
  where {{ snapshot_same_version(facts) }};
  {%- if unrecorded %}

  {# A version that is none any more, since this batch. -#}
  update {{ unrecorded }} as recorded
  set {% for column in filled %}{{ column.quoted }} = change.sqlbuild_new_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
  from {{ snapshot_changes_of(['fill'], changes, filled) }}
  where recorded.sqlbuild_seen = change.sqlbuild_from and {{ snapshot_key_of_change(facts) }};
  {%- endif -%}
  {%- endif -%}
{%- endmacro %}
