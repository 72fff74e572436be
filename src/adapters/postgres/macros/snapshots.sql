{# Two writers of a snapshot wait for each other, also when there is no table yet; so does a writer that knows nothing of
   this lock. Until the transaction ends nothing is compiled: the planner cannot know how few rows have changed, and would
   take longer to compile the queries than they take to run. #}
{% macro postgres__snapshot_lock(target, exists) -%}
  {% set name = ('snapshot ' ~ target) | replace("'", "''") -%}
  set local jit = off;
  select pg_advisory_xact_lock(hashtextextended('{{ name }}', 0));
  {%- if exists %}
  lock table {{ target }} in share row exclusive mode;
  {%- endif %}
{%- endmacro %}

{# `is not distinct from` cannot be hashed, but arrays can, and nulls in them are equal. A key of one part is never null. #}
{% macro postgres__snapshot_key_equals(left, right) -%}
  {% if left | length == 1 -%}
  {{ left[0] }} = {{ right[0] }}
  {%- else -%}
  {% for expression in left %}array[{{ expression }}] = array[{{ right[loop.index0] }}]{{ ' and ' if not loop.last }}{% endfor %}
  {%- endif %}
{%- endmacro %}
