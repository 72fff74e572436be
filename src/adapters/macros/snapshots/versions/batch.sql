{# What a batch says, and what the table knows already.

   `facts` is what was found out about the batch (execute/versions):
     columns    of the batch and the table, each with name, quoted, data_type and whether it is in the `batch`, `stored`,
                to be `widened`, `tracked` (a difference makes a version), `type1`, `filled` (new: current rows take it)
     time_type  the type of the times, as SQL; `timed`: it is one of times, not of version numbers or the like
     full       whether the batch shows every key that is not deleted, so that a missing one is gone
     rows       how many rows the batch has
     repeats    whether a key has several rows in the batch
     null_parts whether a part of a key is null, of those that the batch has or lacks

   Columns that queries add begin with sqlbuild_: sqlbuild_key_n (the parts of the key), sqlbuild_seen (the time of an observation),
   sqlbuild_gone (whether it says that the row was deleted), sqlbuild_position (where it stands in the batch), sqlbuild_now_…
   (what the key's current version says: whether it is known, when it begins, whether it tells of a deletion, its tracked columns). #}

{# The parts of the key by column. #}
{% macro snapshot_keys() %}
  {% set unique_key = config.get('unique_key') %}
  {% set keys = {} %}
  {% for key in ([unique_key] if unique_key is string else unique_key) %}
    {% do keys.update({'sqlbuild_key_' ~ loop.index: key}) %}
  {% endfor %}
  {% do return(keys) %}
{% endmacro %}

{# The columns of the key, as a list in SQL. #}
{% macro snapshot_key_list(relation_name='') -%}
  {% for key in snapshot_keys() %}{{ relation_name ~ '.' if relation_name }}{{ key }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# Whether rows of two relations have the same key. A null is as good a part of a key as any value. #}
{% macro snapshot_same_key(facts, left, right) -%}
  {% set names = snapshot_keys() | list %}
  {%- set of_left, of_right = [], [] %}
  {%- for name in names %}
    {%- do of_left.append(left ~ '.' ~ name) %}
    {%- do of_right.append(right ~ '.' ~ name) %}
  {%- endfor %}
  {{- snapshot_key_equals(facts, of_left, of_right) }}
{%- endmacro %}

{# Whether two lists of expressions are equal, nulls included, in a form that the engine joins by hash. #}
{% macro snapshot_key_equals(facts, left, right) %}
  {% do return(adapter.dispatch('snapshot_key_equals', 'dbt')(facts, left, right)) %}
{% endmacro %}

{% macro default__snapshot_key_equals(facts, left, right) -%}
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

{# Rows of the query, in the types of the table; `rows` stands where a relation does. `numbered`:
   with sqlbuild_position, which tells the rows of a key apart. #}
{% macro snapshot_arrived(facts, rows, numbered=false) -%}
  {% set updated_at = config.get('updated_at') %}
  {%- set deleted_when = config.get('deleted_when') -%}
  select
    batch.*,
    {%- for name, key in snapshot_keys().items() %}
    {{ key }} as {{ name }},
    {%- endfor %}
    {%- if updated_at %}
    {% if facts.timed %}coalesce(cast({{ updated_at }} as {{ facts.time_type }}), {{ snapshot_clock(facts) }}){% else %}{{ updated_at }}{% endif %} as sqlbuild_seen,
    ({{ updated_at }}) is null as sqlbuild_untimed,
    {%- else %}
    {{ snapshot_clock(facts) }} as sqlbuild_seen,
    false as sqlbuild_untimed,
    {%- endif %}
    {% if deleted_when %}coalesce(({{ deleted_when }}), false){% else %}false{% endif %} as sqlbuild_gone,
    {%- if numbered %}
    {{ unordered_row_number() }} as sqlbuild_position,
    {%- endif %}
    true as sqlbuild_present
  from (
    select
      {%- for column in facts.columns if column.batch %}
      {% if column.cast %}cast({{ column.quoted }} as {{ column.data_type }}) as {% endif %}{{ column.quoted }}{{ ',' if not loop.last }}
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
    true as sqlbuild_present
  from (
    select
      {%- for column in facts.columns if column.batch %}
      {% if not column.stored %}cast(null as {{ column.data_type }}) as {{ column.quoted }}
      {%- elif column.widened %}cast({{ column.quoted }} as {{ column.data_type }}) as {{ column.quoted }}
      {%- else %}{{ column.quoted }}{% endif %},
      {%- endfor %}
      cast({{ columns.dbt_valid_from }} as {{ facts.time_type }}) as sqlbuild_begins,
      case when {{ snapshot_is_current() }} then null else cast({{ columns.dbt_valid_to }} as {{ facts.time_type }}) end as sqlbuild_ends,
      {% if snapshot_records_deletes() %}coalesce({{ columns.dbt_is_deleted }} = 'True', false){% else %}false{% endif %} as sqlbuild_was_gone
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
    {{ snapshot_value_differs(column, left ~ '.' ~ column.quoted, right ~ '.' ~ column.quoted) }}{{ ' or ' if not loop.last }}
  {%- else -%}
    false
  {%- endfor -%}
  )
{%- endmacro %}

{# Whether two values of a column differ, nulls included. #}
{% macro snapshot_value_differs(column, left, right) -%}
  {{ get_comparable_expression(left, column) }} is distinct from {{ get_comparable_expression(right, column) }}
{%- endmacro %}

{# Whether the tracked columns of a row differ from those of the row before it in a window; without such columns every
   row is another. #}
{% macro snapshot_differs_from_before(facts, window) -%}
  {% if config.get('check_cols') -%}
  {% for column in facts.columns if column.batch and column.tracked -%}
  {{ snapshot_value_differs(column, column.quoted, 'lag(' ~ column.quoted ~ ') over ' ~ window) }}{{ ' or ' if not loop.last }}
  {%- else -%}
  false
  {%- endfor %}
  {%- else %}true{% endif %}
{%- endmacro %}

{# One row: how many rows there are, how many of them have no key, how many keys there are, how many rows tell of a
   deletion, how many have a key of which a part is null, and how many have a time that nothing can follow. A key too few
   is no harm: it is looked for again, exactly. Without `with_keys` keys are not counted, which takes longer than all the rest. #}
{% macro snapshot_counts(facts, rows, with_keys) -%}
  {% set keys = snapshot_keys().values() | list -%}
  {% set deleted_when = config.get('deleted_when') -%}
  select
    count(*),
    count(case when {% for key in keys %}({{ key }}) is null{{ ' and ' if not loop.last }}{% endfor %} then 1 end),
    {% if with_keys %}{{ snapshot_count_keys(facts, keys) }}{% else %}count(*){% endif %},
    {% if deleted_when %}count(case when {{ deleted_when }} then 1 end){% else %}0{% endif %},
    {{ snapshot_count_null_parts(keys) }},
    {{ snapshot_count_endless(facts) }}
  from {{ rows }}
{%- endmacro %}

{% macro snapshot_count_endless(facts) -%}
  {% set endless = get_endless_time(facts.time_type) if facts.timed and config.get('updated_at') else none -%}
  {% if endless %}count(case when {{ config.get('updated_at') }} = {{ endless }} then 1 end){% else %}0{% endif %}
{%- endmacro %}

{# The time after all others, where the engine has one. #}
{% macro get_endless_time(data_type) %}
  {% do return(adapter.dispatch('get_endless_time', 'dbt')(data_type)) %}
{% endmacro %}

{% macro default__get_endless_time(data_type) %}
  {% do return("cast('infinity' as " ~ data_type ~ ")") %}
{% endmacro %}

{% macro snapshot_count_null_parts(keys) -%}
  {% if keys | length > 1 %}count(case when {% for key in keys %}({{ key }}) is null{{ ' or ' if not loop.last }}{% endfor %} then 1 end){% else %}0{% endif %}
{%- endmacro %}

{# One row about a full batch, from what needs a closer look and the current versions: how many keys, of the batch or missing, have
   a part that is null, how many have several rows in `news`, how many rows of the batch follow a version, and how many current
   versions are not missing. When no key has several rows, those are as many; a key's row that is another's twin is not in the news. #}
{% macro snapshot_news_counts(facts, news, target) -%}
  {% set names = snapshot_keys() | list -%}
  {% set follows = 'sqlbuild_now_known and not sqlbuild_now_gone' -%}
  select
    {{ snapshot_count_null_parts(names) }},
    (
      select count(*)
      from (select 1 as sqlbuild_several from {{ news }} as rows_of_keys where sqlbuild_present group by {{ names | join(', ') }} having count(*) > 1) several
    ),
    {{ facts.rows }} - count(case when sqlbuild_present and not ({{ follows }}) then 1 end),
    (
      select count(*)
      from {{ target }} as recorded
      where {{ snapshot_is_alive() }}
    ) - count(case when not sqlbuild_present and {{ follows }} then 1 end)
  from {{ news }} as news
{%- endmacro %}

{# Which rows of a snapshot's table are current versions that tell of no deletion. #}
{% macro snapshot_is_alive() -%}
  {{ snapshot_is_current() }}
  {%- if snapshot_records_deletes() %} and {{ snapshot_column_names().dbt_is_deleted }} is distinct from 'True'{% endif %}
{%- endmacro %}

{# Tells how many rows a key has in a table of the batch, and how many rows are of a kind. #}
{% macro snapshot_analyze(table, kind) %}
  {% do return(get_analyze_sql(table, snapshot_keys() | list + [kind])) %}
{% endmacro %}

{# An index by which versions of a key are found, where its parts are columns. #}
{% macro snapshot_key_index(facts, target) %}
  {% set columns = [] %}
  {% for key in snapshot_keys().values() %}
    {% for column in facts.columns if column.stored and column.quoted | lower in [key | lower, adapter.quote(key) | lower] %}
      {% do columns.append(column) %}
    {% endfor %}
  {% endfor %}
  {% do return(get_key_index_sql(target, columns) if columns | length == snapshot_keys() | length else '') %}
{% endmacro %}

{% macro snapshot_count_keys(facts, keys) %}
  {% do return(adapter.dispatch('snapshot_count_keys', 'dbt')(facts, keys)) %}
{% endmacro %}

{% macro default__snapshot_count_keys(facts, keys) -%}
  count(distinct {% if keys | length == 1 %}{{ keys[0] }}{% else %}({{ keys | join(', ') }}){% endif %})
{%- endmacro %}

{# What of a batch needs a closer look: rows that are not their key's current version as it is, all rows of a key that
   has several, and, not `sqlbuild_present`, the keys of current versions that a full batch lacks. It is the one pass over the
   batch and the current versions; what follows is about these keys alone. `sqlbuild_sought`: what else the table has of the key
   has to be looked up. #}
{% macro snapshot_news(facts, rows, target) -%}
  {% set full = facts.full -%}
  {% set fills = facts.columns | selectattr('filled') | list -%}
  with arrived as (
    {{ snapshot_arrived(facts, rows, numbered=facts.repeats) | indent(4) }}
  ),

  current_versions as (
    {{ snapshot_stored(facts, target, snapshot_is_current()) | indent(4) }}
  )
  {%- if facts.repeats %},

  repeated as (
    select {{ snapshot_key_list() }}, true as sqlbuild_present from arrived group by {{ snapshot_key_list() }} having count(*) > 1
  )
  {%- endif %}

  select
    {%- for column in facts.columns if column.batch %}
    arrived.{{ column.quoted }},
    {%- endfor %}
    {%- for key in snapshot_keys() %}
    {% if full %}coalesce(arrived.{{ key }}, current_versions.{{ key }}){% else %}arrived.{{ key }}{% endif %} as {{ key }},
    {%- endfor %}
    arrived.sqlbuild_seen,
    arrived.sqlbuild_untimed,
    arrived.sqlbuild_gone,
    {# Otherwise it is enough to number the few that are left. -#}
    {% if facts.repeats %}arrived.sqlbuild_position{% else %}{{ unordered_row_number() }} as sqlbuild_position{% endif %},
    coalesce(arrived.sqlbuild_present, false) as sqlbuild_present,
    coalesce(current_versions.sqlbuild_present, false) as sqlbuild_now_known,
    coalesce(current_versions.sqlbuild_was_gone, false) as sqlbuild_now_gone,
    {%- if snapshot_seeks_all(facts) %}
    true as sqlbuild_sought
    {%- else %}
    current_versions.sqlbuild_begins as sqlbuild_now_begins,
    {%- for column in facts.columns if column.batch and column.tracked %}
    current_versions.{{ column.quoted }} as sqlbuild_now_{{ loop.index }},
    {%- endfor %}
    coalesce(
      current_versions.sqlbuild_begins is null
      or current_versions.sqlbuild_was_gone
      {%- if facts.full and snapshot_records_deletes() %}
      or arrived.sqlbuild_present is null
      {%- endif %}
      or arrived.sqlbuild_seen < current_versions.sqlbuild_begins,
      false
    ) as sqlbuild_sought
    {%- endif %}
  from arrived
  {{ 'full' if full else 'left' }} join current_versions on {{ snapshot_same_key(facts, 'arrived', 'current_versions') }}
  {%- if facts.repeats %}
  left join repeated on {{ snapshot_same_key(facts, 'arrived', 'repeated') }}
  {%- endif %}
  {%- if not fills %}
  where {{ snapshot_is_other(facts) }}
    (
      (arrived.sqlbuild_present is null and not current_versions.sqlbuild_was_gone)
      or (
        arrived.sqlbuild_present
        and (
          current_versions.sqlbuild_present is null
          {%- if facts.repeats %}
          or repeated.sqlbuild_present
          {%- endif %}
          or (current_versions.sqlbuild_was_gone and not arrived.sqlbuild_gone)
          or (not arrived.sqlbuild_untimed and {{ snapshot_is_news(facts) }})
          {%- for column in facts.columns if column.batch and column.type1 %}
          or {{ snapshot_value_differs(column, 'arrived.' ~ column.quoted, 'current_versions.' ~ column.quoted) }}
          {%- endfor %}
        )
      )
    )
  {%- endif %}
{%- endmacro %}

{# That a row is not plainly its key's current version: most are, and an engine that looks at them one by one is done with
   them after one comparison. #}
{% macro snapshot_is_other(facts) -%}
  {% if config.get('strategy') == 'timestamp' and not facts.repeats -%}
  not coalesce(
      arrived.sqlbuild_seen = current_versions.sqlbuild_begins
      {%- if snapshot_records_deletes() %}
      and not current_versions.sqlbuild_was_gone
      {%- endif %}
      {%- for column in facts.columns if column.batch and column.type1 %}
      and not ({{ snapshot_value_differs(column, 'arrived.' ~ column.quoted, 'current_versions.' ~ column.quoted) }})
      {%- endfor %}
      , false
    )
    and
  {%- endif %}
{%- endmacro %}

{# Whether a row that has a time is another than the current version. #}
{% macro snapshot_is_news(facts) -%}
  {% set differs = '(arrived.sqlbuild_gone or ' ~ snapshot_differs(facts, 'arrived', 'current_versions') ~ ')' -%}
  {% set moved = 'arrived.sqlbuild_seen is distinct from current_versions.sqlbuild_begins' -%}
  {% if config.get('strategy') == 'check' -%}
  ({{ moved }} and {{ differs }})
  {%- elif config.get('check_cols') and config.get('late_arriving') != 'restitch' -%}
  (arrived.sqlbuild_seen < current_versions.sqlbuild_begins or ({{ moved }} and {{ differs }}))
  {%- else -%}
  {{ moved }}
  {%- endif %}
{%- endmacro %}

{# Whether all versions of each key in the news are looked up; otherwise most keys have shown their current version, and need
   no other. #}
{% macro snapshot_seeks_all(facts) %}
  {% do return(facts.repeats or config.get('late_arriving') == 'restitch') %}
{% endmacro %}

{# The versions of the keys that are in the news, with the values that what follows reads. #}
{% macro snapshot_known(facts, news, target) -%}
  {% set all = config.get('late_arriving') == 'restitch' or (facts.full and snapshot_records_deletes()) -%}
  select
    {%- for column in facts.columns if column.batch %}
    {% if all or column.tracked %}stored_versions.{{ column.quoted }}{% else %}cast(null as {{ column.data_type }}) as {{ column.quoted }}{% endif %},
    {%- endfor %}
    {{ snapshot_key_list('stored_versions') }},
    stored_versions.sqlbuild_begins,
    stored_versions.sqlbuild_ends,
    stored_versions.sqlbuild_was_gone,
    stored_versions.sqlbuild_present
  from (
    {{ snapshot_stored(facts, target, none) | indent(4) }}
  ) stored_versions
  join (
    select distinct {{ snapshot_key_list() }} from {{ news }} as news where sqlbuild_sought
  ) mentioned on {{ snapshot_same_key(facts, 'stored_versions', 'mentioned') }}
  {%- if not snapshot_seeks_all(facts) %}
  union all
  select
    {%- set now = namespace(index=0) %}
    {%- for column in facts.columns if column.batch %}
    {% if column.tracked %}{% set now.index = now.index + 1 %}sqlbuild_now_{{ now.index }}{% else %}cast(null as {{ column.data_type }}){% endif %},
    {%- endfor %}
    {{ snapshot_key_list() }},
    sqlbuild_now_begins,
    cast(null as {{ facts.time_type }}),
    false,
    true
  from {{ news }} as news
  where not sqlbuild_sought
  {%- endif %}
{%- endmacro %}
