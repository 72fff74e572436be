{# Replacing in one statement. #}

{% macro postgres__get_replace_view_sql(relation, sql) -%}
  create or replace view {{ relation }}
  {% if config.get('contract', {}).get('enforced') %}{{ get_assert_columns_equivalent(sql) }}{% endif %}
  as (
    {{ sql }}
  );
{%- endmacro %}

{# A table is dropped and made anew, in one transaction. #}
{% macro postgres__get_replace_table_sql(relation, sql) -%}
  drop table if exists {{ relation }} cascade;
  {{ get_create_table_as_sql(false, relation, sql) }}
{%- endmacro %}
