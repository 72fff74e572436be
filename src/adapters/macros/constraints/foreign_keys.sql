{# Foreign keys that refer to a table whose rows are replaced. #}

{# Whether the database has any. #}
{% macro has_foreign_keys() %}
  {% do return(adapter.dispatch('has_foreign_keys', 'dbt')()) %}
{% endmacro %}

{% macro default__has_foreign_keys() %}
  {% do return(false) %}
{% endmacro %}

{# Those of other tables that refer to `relation`, and with `itself` its own: a table of (child_schema, child_name, name,
   definition, deferrable, partitioned). #}
{% macro get_referring_keys(relation, itself=false) %}
  {% do return(adapter.dispatch('get_referring_keys', 'dbt')(relation, itself)) %}
{% endmacro %}

{% macro default__get_referring_keys(relation, itself=false) %}
  {% do exceptions.raise_not_implemented('get_referring_keys is not implemented for ' ~ adapter.type()) %}
{% endmacro %}

{% macro get_drop_constraint_sql(relation, name) -%}
  alter table {{ relation.include(database=false) }} drop constraint if exists {{ adapter.quote(name) }}
{%- endmacro %}

{# `checked`: whether the rows that are there must meet it. #}
{% macro get_add_constraint_sql(relation, name, definition, checked=true) -%}
  alter table {{ relation.include(database=false) }} add constraint {{ adapter.quote(name) }} {{ definition }}{{ ' not valid' if not checked }}
{%- endmacro %}

{% macro get_validate_constraint_sql(relation, name) -%}
  alter table {{ relation.include(database=false) }} validate constraint {{ adapter.quote(name) }}
{%- endmacro %}

{% macro get_make_deferrable_sql(relation, name) -%}
  alter table {{ relation.include(database=false) }} alter constraint {{ adapter.quote(name) }} deferrable initially immediate
{%- endmacro %}

{# Until `immediate`, or the end of the transaction. #}
{% macro get_defer_constraints_sql() -%}
  set constraints all deferred
{%- endmacro %}

{% macro get_check_constraints_sql() -%}
  set constraints all immediate
{%- endmacro %}
