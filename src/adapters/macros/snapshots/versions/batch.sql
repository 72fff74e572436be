{# What a batch says, and what the table knows already.

   `facts` is what was found out about the batch (execute/versions):
     columns    of the batch and the table, each with name, quoted, type and whether it is in the `batch`, `stored`,
                to be `widened`, `tracked` (a difference makes a version), `type1`, `filled` (new: current rows take it)
     time_type  the type of the times, as SQL; `timed`: it is one of times, not of version numbers or the like
     full       whether the batch shows every key that is not deleted, so that a missing one is gone
     repeats    whether a key has several rows in the batch

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

{# Rows of the query, in the types of the table; `rows` stands where a relation does. #}
{% macro snapshot_arrived(facts, rows) -%}
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
    from {{ rows }}
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

{# One row: how many rows there are, how many of them have no key, how many keys there are, and how many rows tell of a
   deletion. A key too few is no harm: it is looked for again, exactly. #}
{% macro snapshot_counts(facts, rows) -%}
  {% set keys = snapshot_keys().values() | list -%}
  {% set deleted_when = config.get('deleted_when') -%}
  select
    count(*),
    count(case when {% for key in keys %}({{ key }}) is null{{ ' and ' if not loop.last }}{% endfor %} then 1 end),
    {{ snapshot_count_keys(facts, keys) }},
    {% if deleted_when %}count(case when {{ deleted_when }} then 1 end){% else %}0{% endif %}
  from {{ rows }}
{%- endmacro %}

{% macro snapshot_count_keys(facts, keys) %}
  {% do return(adapter.dispatch('snapshot_count_keys', 'dbt')(facts, keys)) %}
{% endmacro %}

{% macro default__snapshot_count_keys(facts, keys) -%}
  count(distinct {% if keys | length == 1 %}{{ keys[0] }}{% else %}({{ keys | join(', ') }}){% endif %})
{%- endmacro %}

{# What of a batch needs a closer look: rows that are not their key's current version as it is, all rows of a key that
   has several, and, not `dbt_present`, the keys of current versions that a full batch lacks. It is the one pass over the
   batch and the current versions; what follows is about these keys alone. #}
{% macro snapshot_news(facts, rows, target) -%}
  {% set full = facts.full -%}
  {% set fills = facts.columns | selectattr('filled') | list -%}
  with arrived as (
    {{ snapshot_arrived(facts, rows) | indent(4) }}
  ),

  current_versions as (
    {{ snapshot_stored(facts, target, snapshot_is_current()) | indent(4) }}
  )
  {%- if facts.repeats %},

  repeated as (
    select {{ snapshot_key_list() }}, true as dbt_present from arrived group by {{ snapshot_key_list() }} having count(*) > 1
  )
  {%- endif %}

  select
    {%- for column in facts.columns if column.batch %}
    arrived.{{ column.quoted }},
    {%- endfor %}
    {%- for key in snapshot_keys() %}
    {% if full %}coalesce(arrived.{{ key }}, current_versions.{{ key }}){% else %}arrived.{{ key }}{% endif %} as {{ key }},
    {%- endfor %}
    arrived.dbt_seen,
    arrived.dbt_untimed,
    arrived.dbt_gone,
    arrived.dbt_position,
    coalesce(arrived.dbt_present, false) as dbt_present
  from arrived
  {{ 'full' if full else 'left' }} join current_versions on {{ snapshot_same_key('arrived', 'current_versions') }}
  {%- if facts.repeats %}
  left join repeated on {{ snapshot_same_key('arrived', 'repeated') }}
  {%- endif %}
  {%- if not fills %}
  where (arrived.dbt_present is null and not current_versions.dbt_was_gone)
    or (
      arrived.dbt_present
      and (
        current_versions.dbt_present is null
        {%- if facts.repeats %}
        or repeated.dbt_present
        {%- endif %}
        or (current_versions.dbt_was_gone and not arrived.dbt_gone)
        or (not arrived.dbt_untimed and {{ snapshot_is_news(facts) }})
        {%- for column in facts.columns if column.batch and column.type1 %}
        or arrived.{{ column.quoted }} is distinct from current_versions.{{ column.quoted }}
        {%- endfor %}
      )
    )
  {%- endif %}
{%- endmacro %}

{# Whether a row that has a time is another than the current version. #}
{% macro snapshot_is_news(facts) -%}
  {% set differs = '(arrived.dbt_gone or ' ~ snapshot_differs(facts, 'arrived', 'current_versions') ~ ')' -%}
  {% set moved = 'arrived.dbt_seen is distinct from current_versions.dbt_begins' -%}
  {% if config.get('strategy') == 'check' -%}
  ({{ moved }} and {{ differs }})
  {%- elif config.get('check_cols') and config.get('late_arriving') != 'restitch' -%}
  (arrived.dbt_seen < current_versions.dbt_begins or ({{ moved }} and {{ differs }}))
  {%- else -%}
  {{ moved }}
  {%- endif %}
{%- endmacro %}
