{# The columns that a snapshot's table has beside its query's. #}

{# Their default names. #}
{% macro get_snapshot_table_column_names() %}
  {% do return({
    'dbt_valid_to': 'dbt_valid_to',
    'dbt_valid_from': 'dbt_valid_from',
    'dbt_scd_id': 'dbt_scd_id',
    'dbt_updated_at': 'dbt_updated_at',
    'dbt_is_deleted': 'dbt_is_deleted',
  }) %}
{% endmacro %}

{# Their names by the snapshot's `snapshot_meta_column_names`. #}
{% macro snapshot_column_names() %}
  {% set names = get_snapshot_table_column_names() %}
  {% set configured = config.get('snapshot_meta_column_names') or {} %}
  {% for column in names | list if configured[column] %}
    {% do names.update({column: configured[column]}) %}
  {% endfor %}
  {% do return(names) %}
{% endmacro %}

{# Until when the current version of a row holds: `dbt_valid_to_current`, or a null of the right type. #}
{% macro get_dbt_valid_to_current(strategy, columns) -%}
  {{ snapshot_valid_to_current(strategy.updated_at) }} as {{ columns.dbt_valid_to }}
{%- endmacro %}

{% macro snapshot_valid_to_current(updated_at) -%}
  {% set current = config.get('dbt_valid_to_current') -%}
  {% if current %}coalesce(nullif({{ updated_at }}, {{ updated_at }}), {{ current }}){% else %}nullif({{ updated_at }}, {{ updated_at }}){% endif %}
{%- endmacro %}

{# Which rows of a snapshot's table are current versions. #}
{% macro snapshot_is_current(relation_name='') -%}
  {% set valid_to = relation_name ~ ('.' if relation_name) ~ snapshot_column_names().dbt_valid_to -%}
  {% set current = config.get('dbt_valid_to_current') -%}
  {% if current %}({{ valid_to }} = {{ current }} or {{ valid_to }} is null){% else %}{{ valid_to }} is null{% endif %}
{%- endmacro %}

{# One row: when versions of a table without any current one end, if that is so far ahead that they were meant to be current: the
   `dbt_valid_to_current` that they were written with is another now. `suspects`: keys without a current version, those that are
   enough to look at; none: all of the table. #}
{% macro snapshot_former_current(target, data_type, suspects=none) -%}
  {% set valid_to = snapshot_column_names().dbt_valid_to -%}
  {%- set ahead = 'cast(' ~ snapshot_get_time() ~ ' as ' ~ data_type ~ ") + interval '1 year'" -%}
  select cast(max({{ valid_to }}) as varchar)
  from {{ target }} as recorded
  where {{ valid_to }} > {{ ahead }}
    {%- set lacks_current = 'not exists (select 1 from ' ~ target ~ ' as others where ' ~ snapshot_is_current() ~ ')' %}
    {#- In this order: without a suspect nothing of the table is read. #}
    {%- if suspects %}
    and case when exists (select 1 from {{ suspects }} as suspects where sqlbuild_ends > {{ ahead }}) then {{ lacks_current }} else false end
    {%- else %}
    and {{ lacks_current }}
    {%- endif %}
{%- endmacro %}

{# A unique key is one expression or several; in snapshots' queries each has a column: `dbt_unique_key`, or numbered
   ones. #}
{% macro unique_key_fields(unique_key) -%}
  {% for name, key in snapshot_key_columns(unique_key).items() %}{{ key }} as {{ name }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{% macro unique_key_join_on(unique_key, identifier, from_identifier) -%}
  {% for name in snapshot_key_columns(unique_key) %}{{ identifier }}.{{ name }} = {{ from_identifier }}.{{ name }}{{ ' and ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# Of a joined row: whether there was none. The first key tells. #}
{% macro unique_key_is_null(unique_key, identifier) -%}
  {{ identifier }}.{{ snapshot_key_columns(unique_key) | first }} is null
{%- endmacro %}

{% macro unique_key_is_not_null(unique_key, identifier) -%}
  {{ identifier }}.{{ snapshot_key_columns(unique_key) | first }} is not null
{%- endmacro %}

{% macro snapshot_key_columns(unique_key) %}
  {% if unique_key is string %}
    {% do return({'dbt_unique_key': unique_key}) %}
  {% endif %}
  {% set columns = {} %}
  {% for key in unique_key or [] %}
    {% do columns.update({'dbt_unique_key_' ~ loop.index: key}) %}
  {% endfor %}
  {% if not columns %}
    {% do exceptions.raise_compiler_error('a snapshot needs a unique_key') %}
  {% endif %}
  {% do return(columns) %}
{% endmacro %}

{# Adds columns to a snapshot's table. #}
{% macro create_columns(relation, columns) %}
  {% do return(adapter.dispatch('create_columns', 'dbt')(relation, columns)) %}
{% endmacro %}

{% macro default__create_columns(relation, columns) %}
  {% if columns %}
    {% do alter_relation_add_remove_columns(relation, columns, none) %}
  {% endif %}
{% endmacro %}

{# The type of the query's `updated_at`. #}
{% macro get_updated_at_column_data_type(snapshot_sql) %}
  {% for column in get_column_schema_from_query(snapshot_sql) if column.column | lower == config.get('updated_at') | lower %}
    {% do return(column.dtype) %}
  {% endfor %}
  {% do return(none) %}
{% endmacro %}

{# Warns when `updated_at` and the times of the database's clock would not fit one column. #}
{% macro check_time_data_types(sql) %}
  {% set own = get_updated_at_column_data_type(sql) if config.get('updated_at') else none %}
  {% set clock = get_snapshot_get_time_data_type() %}
  {% if own and clock and own != clock %}
    {% do exceptions.warn("the snapshot's updated_at is " ~ own ~ ', while the times of the database are ' ~ clock) %}
  {% endif %}
{% endmacro %}

{# The truth value, where an engine writes it otherwise. #}
{% macro get_true_sql() %}
  {% do return(adapter.dispatch('get_true_sql', 'dbt')()) %}
{% endmacro %}

{% macro default__get_true_sql() %}
  {% do return('TRUE') %}
{% endmacro %}
