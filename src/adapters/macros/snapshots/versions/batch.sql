{# What a batch says, and what the table knows already: the named queries that `snapshot_changes` starts from.

   `facts` is what was found out about the columns (execute/versions):
     columns    of the batch and the table, each with name, quoted, type and whether it is in the `batch`, `stored`,
                to be `widened`, `tracked` (a difference makes a version), `type1`, `filled` (new: current rows take it)
     time_type  the type of the times, as SQL; `timed`: it is one of times, not of version numbers or the like
     exists     whether there is a table
     full       whether the batch shows every key that is not deleted, so that a missing one is gone

   Columns that queries add begin with dbt_: dbt_key_n (the parts of the key), dbt_seen (the time of an observation),
   dbt_gone (whether it says that the row was deleted), dbt_position (where it stands in the batch). #}

{# The parts of the key by column. #}
{% macro snapshot_keys() %}
  {% set unique_key = config.get('unique_key') %}
  {% set keys = {} %}
  {% for key in ([unique_key] if unique_key is string else unique_key) %}
    {% do keys.update({'dbt_key_' ~ loop.index: key}) %}
  {% endfor %}
  {% do return(keys) %}
{% endmacro %}

{# The columns of the key, as a list in SQL. #}
{% macro snapshot_key_list(relation_name='') -%}
  {% for key in snapshot_keys() %}{{ relation_name ~ '.' if relation_name }}{{ key }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# Whether rows of two relations have the same key. A null is as good a part of a key as any value. #}
{% macro snapshot_same_key(left, right) -%}
  {% set names = snapshot_keys() | list %}
  {%- set of_left, of_right = [], [] %}
  {%- for name in names %}
    {%- do of_left.append(left ~ '.' ~ name) %}
    {%- do of_right.append(right ~ '.' ~ name) %}
  {%- endfor %}
  {{- snapshot_key_equals(of_left, of_right) }}
{%- endmacro %}

{# Whether two lists of expressions are equal, nulls included, in a form that the engine joins by hash. #}
{% macro snapshot_key_equals(left, right) %}
  {% do return(adapter.dispatch('snapshot_key_equals', 'dbt')(left, right)) %}
{% endmacro %}

{% macro default__snapshot_key_equals(left, right) -%}
  {% for expression in left %}{{ expression }} is not distinct from {{ right[loop.index0] }}{{ ' and ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# The run's clock, in the type of the table's times. #}
{% macro snapshot_clock(facts) -%}
  cast({{ snapshot_get_time() }} as {{ facts.time_type }})
{%- endmacro %}

{% macro snapshot_records_deletes() %}
  {% do return(config.get('hard_deletes') == 'new_record') %}
{% endmacro %}

{# Numbers the rows of a query in any order. #}
{% macro unordered_row_number() %}
  {% do return(adapter.dispatch('unordered_row_number', 'dbt')()) %}
{% endmacro %}

{% macro default__unordered_row_number() -%}
  row_number() over ()
{%- endmacro %}

{# The rows of the batch, in the types of the table. #}
{% macro snapshot_observed(facts, batch) -%}
  {% set updated_at = config.get('updated_at') %}
  {%- set deleted_when = config.get('deleted_when') -%}
  select
    batch.*,
    {%- for name, key in snapshot_keys().items() %}
    {{ key }} as {{ name }},
    {%- endfor %}
    {%- if updated_at %}
    {% if facts.timed %}coalesce(cast({{ updated_at }} as {{ facts.time_type }}), {{ snapshot_clock(facts) }}){% else %}{{ updated_at }}{% endif %} as dbt_seen,
    ({{ updated_at }}) is null as dbt_untimed,
    {%- else %}
    {{ snapshot_clock(facts) }} as dbt_seen,
    false as dbt_untimed,
    {%- endif %}
    {% if deleted_when %}coalesce(({{ deleted_when }}), false){% else %}false{% endif %} as dbt_gone,
    {{ unordered_row_number() }} as dbt_position,
    true as dbt_present
  from (
    select
      {%- for column in facts.columns if column.batch %}
      {% if column.cast %}cast({{ column.quoted }} as {{ column.type }}) as {% endif %}{{ column.quoted }}{{ ',' if not loop.last }}
      {%- endfor %}
    from {{ batch }}
  ) batch
{%- endmacro %}

{# Versions of the table, with the names that queries give to what they compare. #}
{% macro snapshot_stored(facts, target, condition) -%}
  {% set columns = snapshot_column_names() -%}
  select
    stored.*,
    {%- for name, key in snapshot_keys().items() %}
    {{ key }} as {{ name }},
    {%- endfor %}
    true as dbt_present
  from (
    select
      {%- for column in facts.columns if column.batch %}
      {% if not column.stored %}cast(null as {{ column.type }}) as {{ column.quoted }}
      {%- elif column.widened %}cast({{ column.quoted }} as {{ column.type }}) as {{ column.quoted }}
      {%- else %}{{ column.quoted }}{% endif %},
      {%- endfor %}
      {{ columns.dbt_scd_id }} as dbt_version,
      cast({{ columns.dbt_valid_from }} as {{ facts.time_type }}) as dbt_begins,
      case when {{ snapshot_is_current() }} then null else cast({{ columns.dbt_valid_to }} as {{ facts.time_type }}) end as dbt_ends,
      {% if snapshot_records_deletes() %}coalesce({{ columns.dbt_is_deleted }} = 'True', false){% else %}false{% endif %} as dbt_was_gone
    from {{ target }}
    {%- if condition %}
    where {{ condition }}
    {%- endif %}
  ) stored
{%- endmacro %}

{# Whether the tracked columns of two relations differ. #}
{% macro snapshot_differs(facts, left, right) -%}
  (
  {%- for column in facts.columns if column.batch and column.tracked -%}
    {{ left }}.{{ column.quoted }} is distinct from {{ right }}.{{ column.quoted }}{{ ' or ' if not loop.last }}
  {%- else -%}
    false
  {%- endfor -%}
  )
{%- endmacro %}
